"""Tables that a statement or a frame makes: their definition, their place, and the form of their files."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pyspark.errors import AnalysisException

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.iceberg_schemas import iceberg_fields
from placekeeper.rules.catalog.schema_changes import new_table, table_input
from placekeeper.rules.catalog.serdes import LAZY_SIMPLE, OPEN_CSV, PARQUET_HIVE
from placekeeper.runtime.engines.frame_files import FrameWrite
from placekeeper.runtime.run.sql.names import Name
from placekeeper.runtime.run.sql.writing import NewFiles
from placekeeper.runtime.sql.columns import ColumnSaid
from placekeeper.runtime.sql.definitions import ICEBERG, ICEBERG_VERSION, PARQUET_CODEC, TableSaid
from placekeeper.runtime.sql.refusals import format_refusal

_CSV_OPTIONS: Final = {
    "sep": "separator",
    "delimiter": "separator",
    "quote": "quoteChar",
    "escape": "escaper",
    "header": "writeHeader",
}
"""Spark's options of CSV, and those of the sinks."""

_OF_EVERY_FORMAT: Final = frozenset(
    {"path", "compression", "partitionoverwritemode", "overwriteschema", "mergeschema"}
)
_OF_TEXTS: Final = frozenset({"csv", "json"})


def location_of(name: Name, said: str, database_location: str | None) -> str:
    """The folder of a table that is made. Raises AnalysisException where nobody says one."""
    if said:
        return said
    if not database_location:
        raise AnalysisException(
            f"[MISSING_DATABASE_LOCATION] The table {'.'.join(name)} has no place: the database "
            f"{name[0]} has no LocationUri. Say LOCATION in the statement or .option('path', …) of "
            f"saveAsTable. Or give the database one: ALTER DATABASE {name[0]} SET LOCATION 's3://…', or "
            "aws glue update-database."
        )
    return f"{database_location.rstrip('/')}/{name[1]}"


def definition(name: Name, said: TableSaid, location: str) -> dict[str, Any]:
    """The members of CreateTable without a query. Raises AnalysisException for no columns."""
    if said.format == ICEBERG:
        return iceberg_definition(name, said, location)
    keys = {key.name.lower() for key in said.keys}
    types = {column.name.lower(): column for column in said.columns}
    lacking = [key.name for key in said.keys if not key.type and key.name.lower() not in types]
    columns = [column for column in said.columns if column.name.lower() not in keys]
    if not columns or lacking:
        raise AnalysisException(
            f"[UNABLE_TO_INFER_SCHEMA] CREATE TABLE {'.'.join(name)} lacks "
            f"{'types of ' + ', '.join(lacking) if lacking else 'columns'}: columns are not guessed "
            "from files. Say them, or let a crawler make the table."
        )
    serde = said.serde or (LAZY_SIMPLE if not said.library else PARQUET_HIVE)
    made = new_table(
        columns=tuple((column.name.lower(), column.type) for column in columns),
        keys=tuple((key.name.lower(), key.type or types[key.name.lower()].type) for key in said.keys),
        location=location,
        serde=serde,
        dialect=_dialect(said.options) if serde is OPEN_CSV else {"separator": None},
    )
    spec = table_input(name[1], made)
    storage = spec["StorageDescriptor"]
    storage["Columns"] = [column.spec for column in columns]
    if said.library:
        storage["SerdeInfo"] = {"SerializationLibrary": said.library, "Parameters": {}}
        spec["Parameters"].pop("classification", None)
    storage["SerdeInfo"]["Parameters"] |= said.library_parameters
    storage |= {
        key: value
        for key, value in (("InputFormat", said.input_format), ("OutputFormat", said.output_format))
        if value
    }
    if not (said.is_external or said.location):
        spec |= {"TableType": "MANAGED_TABLE"}
        spec["Parameters"]["EXTERNAL"] = "FALSE"
    spec["Parameters"] |= said.properties
    return {"TableInput": {**spec, "Description": said.comment} if said.comment else spec}


def iceberg_definition(name: Name, said: TableSaid, location: str) -> dict[str, Any]:
    """The members of CreateTable for an Iceberg table. Raises AnalysisException for columns that it lacks."""
    columns = {column.name.lower(): column for column in said.columns}
    lacking = [key.name for key in said.keys if key.name.lower() not in columns]
    if not columns or lacking:
        raise AnalysisException(
            f"[UNABLE_TO_INFER_SCHEMA] CREATE TABLE {'.'.join(name)} USING iceberg lacks "
            f"{'the columns ' + ', '.join(lacking) if lacking else 'columns'}: say them"
        )
    fields = [
        {"Id": field["id"], "Name": field["name"], "Type": field["type"], "Required": column.is_required}
        | ({"Doc": column.comment} if column.comment else {})
        for field, column in zip(
            iceberg_fields([(key, column.type) for key, column in columns.items()]),
            columns.values(),
            strict=True,
        )
    ]
    ids = {field["Name"]: field["Id"] for field in fields}
    table: dict[str, Any] = {"Location": location, "Schema": {"Type": "struct", "Fields": fields}}
    if said.keys:
        table["PartitionSpec"] = {"Fields": [_partition(key, ids) for key in said.keys]}
    properties = {key: value for key, value in said.properties.items() if key != ICEBERG_VERSION}
    if properties:
        table["Properties"] = properties
    spec: dict[str, Any] = {"Name": name[1], "TableType": "EXTERNAL_TABLE"}
    if said.comment:
        spec["Description"] = said.comment
    version = said.properties.get(ICEBERG_VERSION, "2")
    iceberg = {"MetadataOperation": "CREATE", "Version": version, "CreateIcebergTableInput": table}
    return {"TableInput": spec, "OpenTableFormatInput": {"IcebergInput": iceberg}}


def _partition(key: ColumnSaid, ids: Mapping[str, int]) -> dict[str, Any]:
    """A field of a partition, with the name that Iceberg gives it in Spark: at_day, id_bucket."""
    name, kind = key.name.lower(), key.transform.partition("[")[0]
    suffix = {"": "", "truncate": "_trunc"}.get(kind, f"_{kind}")
    return {"SourceId": ids[name], "Transform": key.transform or "identity", "Name": f"{name}{suffix}"}


def files_of_query(said: TableSaid, location: str) -> NewFiles:
    """The files of a CREATE TABLE … AS."""
    codec = {key: value for key, value in said.properties.items() if key.lower() == PARQUET_CODEC}
    format = (said.serde or PARQUET_HIVE).classification
    options: dict[str, Any] = {"compression": next(iter(codec.values())).lower()} if codec else {}
    if format == "csv":
        options |= _format_options(said.options)
    keys = [key.name.lower() for key in said.keys]
    return NewFiles(
        location=location, format=format, keys=keys, format_options=options, is_managed=not said.location
    )


def files_of_frame(write: FrameWrite, location: str, default: str, note: Callable[[str], None]) -> NewFiles:
    """The files of a saveAsTable; `note` is told of options without effect.

    Raises UnsupportedFeature for an option that changes texts in a way that the table could not say.
    """
    format = (write.format or default).lower()
    if (refused := format_refusal(format)) is not None:
        raise UnsupportedFeature(refused)
    given = {key.lower(): value for key, value in write.options.items()}
    options: dict[str, Any] = {}
    if "compression" in given:
        options["compression"] = given["compression"]
    known = _OF_EVERY_FORMAT | (frozenset(_CSV_OPTIONS) if format == "csv" else frozenset())
    unknown = sorted(set(given) - known)
    if unknown and format not in _OF_TEXTS:
        note(f"saveAsTable: the option {', '.join(unknown)} has no effect on {format} here")
    elif unknown:
        raise UnsupportedFeature(
            f"saveAsTable with the option {', '.join(unknown)} is not there for {format}: the table "
            "could not say it to its readers. Leave it out"
        )
    if format == "csv":
        options |= _format_options(given)
    return NewFiles(
        location=location,
        format=format,
        keys=list(write.partition_by),
        format_options=options,
        is_managed="path" not in given,
    )


def _format_options(given: Mapping[str, str]) -> dict[str, Any]:
    """The options of a sink for Spark's of CSV: without one, files have no header."""
    found: dict[str, Any] = {_CSV_OPTIONS[key]: value for key, value in given.items() if key in _CSV_OPTIONS}
    return {"writeHeader": "false", **found}


def _dialect(given: Mapping[str, str]) -> dict[str, Any]:
    found = _format_options(given)
    return {**found, "writeHeader": str(found["writeHeader"]).lower() == "true"}
