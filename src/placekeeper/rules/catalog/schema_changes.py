"""What a write does to the columns of a catalog table, and the definition of a table that a write makes.

Source: docs/reference/awsglue.md#schemas-of-written-tables.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from placekeeper.model.catalog import SchemaChange, TablePartition, key_types
from placekeeper.model.errors import PublishFailed, UsageError
from placekeeper.model.jobs import JobRun
from placekeeper.model.publication import NewTable
from placekeeper.rules.catalog.hive_types import is_number, is_within, wider
from placekeeper.rules.catalog.serdes import SerDe
from placekeeper.rules.catalog.table_files import Columns

_OF_FORMAT: Final = {"parquet": {"useGlueParquetWriter": "true"}}
"""What tables say that sinks make of a format, beside its classification."""


def columns_of(spec: Mapping[str, Any]) -> Columns:
    """Names in lower case and types of the columns of a TableInput or PartitionInput."""
    storage = spec.get("StorageDescriptor") or {}
    return tuple(
        (column["Name"].lower(), column.get("Type") or "string") for column in storage.get("Columns") or ()
    )


def merged_columns(known: Columns, found: Columns) -> Columns:
    """The known columns, each wide enough for what was found, then the new ones. None is dropped."""
    types = dict(known)
    for name, type in found:
        types[name] = wider(types[name], type) if name in types else type
    return tuple(types.items())


def are_within(found: Columns, known: Columns) -> bool:
    """Whether all columns found are known ones, and their values fit the known types."""
    types = dict(known)
    return all(name in types and is_within(type, types[name]) for name, type in found)


def lost_numbers(known: Mapping[str, Any], columns: Columns) -> Sequence[str]:
    """A sentence for each column of a table that was a number and becomes a string."""
    types = dict(columns_of(known))
    return [
        f"the column {name} was {types[name]} and becomes string, because the frame has it so: cast it, "
        "if it is a number"
        for name, type in columns
        if type == "string" and is_number(types.get(name, type))
    ]


def changed_columns(known: Columns, found: Columns, change: SchemaChange) -> Columns:
    """The columns of a table after a write with the columns `found`."""
    match change:
        case SchemaChange.MERGE:
            return merged_columns(known, found)
        case SchemaChange.OVERWRITE:
            return found
        case SchemaChange.KEEP:
            return known


def changed_table(
    spec: dict[str, Any], wanted: NewTable, change: SchemaChange, by: JobRun | None = None
) -> dict[str, Any]:
    """The definition of a table after a write by a run that wants the table `wanted`.

    The same object where nothing changes. Raises PublishFailed where the partition keys differ: somebody has
    made another table of that name since the write looked.
    """
    names = [name.lower() for name, _ in key_types(spec)]
    if names != [name.lower() for name, _ in wanted.keys]:
        raise PublishFailed(
            f"the partition keys of the table {spec['Name'].lower()} have changed since it was written: "
            f"they are {names} now. Run again"
        )
    known = columns_of(spec)
    columns = changed_columns(known, wanted.columns, change)
    if columns == known:
        return spec
    changed = with_columns(spec, columns)
    return {**changed, "Parameters": {**(spec.get("Parameters") or {}), **_signature("Updated", by)}}


def with_columns(spec: Mapping[str, Any], columns: Columns) -> dict[str, Any]:
    """The same definition with these columns. What it says of a column beside its type stays."""
    storage = spec.get("StorageDescriptor") or {}
    said = {column["Name"].lower(): column for column in storage.get("Columns") or ()}
    made = [{**said.get(name, {}), "Name": name, "Type": type} for name, type in columns]
    return {**spec, "StorageDescriptor": {**storage, "Columns": made}}


def partition_spec(table: Mapping[str, Any], location: str) -> dict[str, Any]:
    """The definition of a partition that a write makes: as the table, at its own location."""
    storage = {**(table.get("StorageDescriptor") or {}), "Location": location}
    parameters = table.get("Parameters") or {}
    kept = {"classification": parameters["classification"]} if "classification" in parameters else {}
    return {"StorageDescriptor": storage, "Parameters": kept}


def fitted_partition(partition: TablePartition, columns: Columns, table: str) -> dict[str, Any]:
    """The definition of a partition whose files go by position, after more files with the columns `columns`.

    Raises PublishFailed where its files have them in another order: no definition would be right for all.
    """
    own = columns_of(partition.spec)
    names = [name for name, _ in columns]
    if [name for name, _ in own] != names[: len(own)]:
        raise PublishFailed(
            f"the partition {list(partition.values)} of the table {table} has the columns "
            f"{', '.join(name for name, _ in own)}, and the files of this run have {', '.join(names)}. "
            "Their places differ, so the files of one would be read wrongly. Give the table's columns the "
            "order of the partition's, or write to another table"
        )
    return with_columns(partition.spec, columns) if own and own != columns else partition.spec


def check_layout(columns: Columns, written: Columns, table: str) -> None:
    """Raises PublishFailed unless files by position, with the columns `written`, fit a table's columns."""
    if [name for name, _ in columns[: len(written)]] != [name for name, _ in written]:
        raise PublishFailed(
            f"the columns of the table {table} have changed since its files were written: they are "
            f"{', '.join(name for name, _ in columns)} now, and the files have "
            f"{', '.join(name for name, _ in written)}. Run again"
        )


def check_keys(table: str, known: Sequence[str], given: Sequence[str]) -> None:
    """Raises UsageError unless a write has the partition keys of its table, in their order."""
    if [name.lower() for name in given] != [name.lower() for name in known]:
        raise UsageError(
            f"the table {table} has the partition keys {list(known)}, and the write has {list(given)}. "
            f"Say partitionKeys={list(known)}, or write to another table. Nothing was written"
        )


def lowered(columns: Iterable[tuple[str, str]]) -> Columns:
    """Columns with names in lower case, as the catalog has them. Raises UsageError where two become one."""
    made: dict[str, tuple[str, str]] = {}
    for name, type in columns:
        if name.lower() in made:
            raise UsageError(
                f"the columns {made[name.lower()][0]} and {name} differ in case only, and the catalog has "
                "names in lower case: rename one of them. Nothing was written"
            )
        made[name.lower()] = (name, type)
    return tuple((name, type) for name, (_, type) in made.items())


def new_table(
    *, columns: Columns, keys: Columns, location: str, serde: SerDe, dialect: Mapping[str, Any]
) -> NewTable:
    """A table that a write makes, as the readers of Glue, Athena and Trino expect it.

    `dialect` are the format options of the write, for files that go by position.
    """
    parameters, of_library = _said(serde, dialect)
    return NewTable(
        columns=columns,
        keys=keys,
        location=location,
        library=serde.library,
        input_format=serde.input_format,
        output_format=serde.output_format,
        parameters={
            "EXTERNAL": "TRUE",
            "classification": serde.classification,
            **_OF_FORMAT.get(serde.classification, {}),
            **parameters,
        },
        library_parameters={"serialization.format": "1", **of_library},
    )


def table_input(name: str, made: NewTable, by: JobRun | None = None) -> dict[str, Any]:
    """The TableInput of a table that a write of a run makes."""
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE" if made.parameters.get("EXTERNAL") != "FALSE" else "MANAGED_TABLE",
        "Parameters": {**made.parameters, **_signature("Created", by)},
        "PartitionKeys": [{"Name": key, "Type": type} for key, type in made.keys],
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": type} for column, type in made.columns],
            "Location": made.location,
            "InputFormat": made.input_format,
            "OutputFormat": made.output_format,
            "Compressed": False,
            "NumberOfBuckets": -1,
            "SerdeInfo": {
                "SerializationLibrary": made.library,
                "Parameters": made.library_parameters,
            },
            "StoredAsSubDirectories": False,
        },
    }


def _signature(done: str, by: JobRun | None) -> dict[str, str]:
    """The parameters with which a table names the job and the run that have made or changed it."""
    return {} if by is None else {f"{done}ByJob": by.job_name, f"{done}ByJobRun": by.id}


def _said(serde: SerDe, dialect: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What the table's and the library's parameters say of a dialect."""
    if serde.separator is None:
        return {}, {}
    separator, default = serde.separator
    characters = {separator: dialect.get("separator") or default}
    if serde.quote is not None:
        characters[serde.quote] = dialect.get("quoteChar") or '"'
    if serde.escape is not None and dialect.get("escaper"):
        characters[serde.escape] = dialect["escaper"]
    header = {"skip.header.line.count": "1"} if dialect.get("writeHeader") else {}
    return header, {name: str(value) for name, value in characters.items()}
