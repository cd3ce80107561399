"""TableInput and PartitionInput of what a crawl has found, with the parameters that AWS's crawlers set.

Source: docs/reference/crawlers.md#what-a-table-says.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from placekeeper.model.crawling import FoundPartition, FoundTable
from placekeeper.rules.catalog.serdes import (
    AVRO_SERDE,
    JSON_SERDE,
    LAZY_SIMPLE,
    OPEN_CSV,
    ORC_SERDE,
    PARQUET_HIVE,
    SerDe,
)
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.rules.crawling.changes import UPDATED_BY, location_of
from placekeeper.rules.crawling.grouping import GroupedTable, Leaf, values_of
from placekeeper.rules.crawling.headers import HEADER
from placekeeper.rules.crawling.shapes import Form, SeenFile

GROK_LIBRARY: Final = "com.amazonaws.glue.serde.GrokSerDe"
"""AWS's serialization library of logs."""

_SERDES: Final[Mapping[str, SerDe]] = {
    "avro": AVRO_SERDE,
    "json": JSON_SERDE,
    "orc": ORC_SERDE,
    "parquet": PARQUET_HIVE,
}
_VOID: Final = re.compile(r"(?<![\w])void(?![\w:])")
"""Of a column that is always null; it may hold any text."""

_VERSIONS: Final = {"CrawlerSchemaSerializerVersion": "1.0", "CrawlerSchemaDeserializerVersion": "1.0"}


def found_table(
    table: GroupedTable, crawler: str, *, existing: tuple[str, str] | None = None, adds_only: bool = False
) -> FoundTable:
    """A table that was found, for the catalog."""
    parameters = {UPDATED_BY: crawler, **_parameters(table.form, _files(table.leaves))}
    if table.nests:
        parameters["recurse"] = "true"
    spec = {
        "Owner": "owner",
        "Retention": 0,
        "StorageDescriptor": _storage(table, table.columns, table.location, parameters),
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.keys],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
    }
    return FoundTable(
        name=table.name,
        spec=spec,
        partitions=tuple(_partition(table, leaf) for leaf in table.leaves) if table.keys else (),
        existing=existing,
        adds_only=adds_only,
    )


def location_folder(spec: Mapping[str, Any]) -> str:
    """The location of a table as a folder, with a slash at its end; empty without one."""
    location = location_of(spec)
    return f"{location}/" if location else ""


def with_keys(table: GroupedTable, keys: Sequence[str]) -> GroupedTable:
    """The table under the names of partition keys that it has in the catalog."""
    return replace(table, keys=tuple(keys))


def _partition(table: GroupedTable, leaf: Leaf) -> FoundPartition:
    location = table.location + "".join(f"{name}/" for name in leaf.folders)
    parameters = _parameters(table.form, leaf.files)
    # Files that name their own columns need no list of their own where all have the table's.
    columns = table.columns if set(leaf.columns) == set(table.columns) and not _by_place(table) else None
    return FoundPartition(
        values=values_of(leaf),
        spec={
            "StorageDescriptor": _storage(table, columns or leaf.columns, location, parameters),
            "Parameters": parameters,
        },
    )


def _by_place(table: GroupedTable) -> bool:
    return table.form.format == "csv"


def _files(leaves: Iterable[Leaf]) -> list[SeenFile]:
    return [file for leaf in leaves for file in leaf.files]


def _parameters(form: Form, files: Iterable[SeenFile]) -> dict[str, str]:
    """What is said of files: their form, and figures. Those that were not looked into count as the others."""
    known = list(files)
    seen = [file for file in known if file.shape is not None]
    size = sum(file.size for file in known)
    seen_size = sum(file.size for file in seen)
    records = sum(file.shape.records for file in seen if file.shape is not None)
    if seen_size:
        records = records * size / seen_size
    said = {
        **_VERSIONS,
        "classification": form.classification,
        "compressionType": form.compression,
        "typeOfData": "file",
        "objectCount": str(len(known)),
        "sizeKey": str(size),
        "recordCount": str(round(records)),
        "averageRecordSize": str(round(size / records) if records else 0),
    }
    are_quoted = any(file.shape.is_quoted for file in seen if file.shape is not None)
    return said | _of_form(form, are_quoted=are_quoted)


def _of_form(form: Form, *, are_quoted: bool) -> dict[str, str]:
    """Parameters of one form of files."""
    if form.format == "csv":
        header = {"skip.header.line.count": "1"} if form.detail(HEADER) else {}
        return {
            "areColumnsQuoted": str(are_quoted).lower(),
            "columnsOrdered": "true",
            "delimiter": form.detail("delimiter"),
            **header,
        }
    names = {"xml": ("rowTag",), "json": ("jsonPath",), "groklog": ("grokPattern", "grokCustomPatterns")}
    return {name: form.detail(name) for name in names.get(form.format, ()) if form.detail(name)}


def _storage(
    table: GroupedTable, columns: Columns, location: str, parameters: Mapping[str, str]
) -> dict[str, Any]:
    serde = _serde(table.form)
    return {
        "Columns": [{"Name": name, "Type": _VOID.sub("string", type)} for name, type in columns],
        "Location": location,
        "InputFormat": serde.input_format,
        "OutputFormat": serde.output_format,
        "Compressed": table.form.compression != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": _serde_info(table, columns, serde),
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": dict(parameters),
        "StoredAsSubDirectories": False,
    }


def _serde(form: Form) -> SerDe:
    if form.format == "csv":
        return OPEN_CSV if form.detail("serde") == "OpenCSVSerDe" else LAZY_SIMPLE
    if form.format == "groklog":
        return SerDe("GrokSerDe", library=GROK_LIBRARY)
    return _SERDES.get(form.format, SerDe(""))


def _serde_info(table: GroupedTable, columns: Columns, serde: SerDe) -> dict[str, Any]:
    form = table.form
    if form.format == "csv":
        own = {"separatorChar" if serde is OPEN_CSV else "field.delim": form.detail("delimiter")}
        said = own | ({"quoteChar": form.detail("quote")} if form.detail("quote") else {})
    elif form.format == "json":
        said = {"paths": ",".join(sorted(name for name, _ in columns))}
    elif form.format == "groklog":
        custom = form.detail("grokCustomPatterns")
        said = {"input.format": form.detail("grokPattern")}
        said |= {"input.grokCustomPatterns": custom} if custom else {}
    elif form.format == "avro":
        said = {"serialization.format": "1"}
        literals = {file.shape.literal for file in _files(table.leaves) if file.shape is not None}
        if len(literals) == 1:
            said["avro.schema.literal"] = literals.pop()
    else:
        said = {"serialization.format": "1"}
    info: dict[str, Any] = {"Parameters": said}
    return {"SerializationLibrary": serde.library, **info} if serde.library else info
