"""CREATE TABLE and CREATE DATABASE, as they are written: columns, keys, the form of files, and a query."""

from typing import Any, Final

from msgspec import Struct, field

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.serdes import (
    AVRO_SERDE,
    JSON_SERDE,
    LAZY_SIMPLE,
    OPEN_CSV,
    ORC_SERDE,
    PARQUET_HIVE,
    SerDe,
)
from placekeeper.runtime.sql.columns import ColumnSaid, columns_said, pairs_said
from placekeeper.runtime.sql.cursor import Cursor, Parts

ICEBERG: Final = "iceberg"
DELTA: Final = "delta"
LAKES: Final = frozenset({ICEBERG, DELTA, "hudi"})
ICEBERG_VERSION: Final = "format-version"
PARQUET_CODEC: Final = "parquet.compression"
_FORMATS: Final = {"parquet": PARQUET_HIVE, "orc": ORC_SERDE, "avro": AVRO_SERDE, "json": JSON_SERDE}
_STORED_AS: Final = {
    **_FORMATS,
    "textfile": LAZY_SIMPLE,
    "jsonfile": JSON_SERDE,
}
_DELIMITED: Final = {
    "fields": "field.delim",
    "collection items": "collection.delim",
    "map keys": "mapkey.delim",
    "lines": "line.delim",
}


class TableSaid(Struct, frozen=True, kw_only=True):
    """A CREATE TABLE. `serde` is None where the statement says no form; `query_begin` is -1 without AS.

    `library`, `input_format` and `output_format` are said by name. `options` are those of USING.
    """

    name: Parts
    may_exist: bool = False
    is_external: bool = False
    columns: tuple[ColumnSaid, ...] = ()
    keys: tuple[ColumnSaid, ...] = ()
    serde: SerDe | None = None
    format: str = ""
    library: str = ""
    input_format: str = ""
    output_format: str = ""
    library_parameters: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    location: str = ""
    comment: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    query_begin: int = -1


class DatabaseSaid(Struct, frozen=True, kw_only=True):
    """A CREATE DATABASE."""

    name: Parts
    may_exist: bool = False
    location: str = ""
    comment: str = ""
    properties: dict[str, str] = field(default_factory=dict)


def database_said(cursor: Cursor) -> DatabaseSaid:
    """A CREATE DATABASE behind these words. Raises NotUnderstood."""
    may_exist = cursor.take("if", "not", "exists")
    name, said = cursor.name(), {"location": "", "comment": ""}
    properties: dict[str, str] = {}
    while not cursor.is_at_end:
        if clause := cursor.take_one("location", "comment"):
            said[clause] = cursor.string()
        elif cursor.take("with", "dbproperties") or cursor.take("with", "properties"):
            properties = dict(pairs_said(cursor.inside()))
        else:
            cursor.end()
    return DatabaseSaid(name=name, may_exist=may_exist, properties=properties, **said)


def table_said(cursor: Cursor, *, is_external: bool) -> TableSaid:
    """A CREATE TABLE behind these words. Raises NotUnderstood, UnsupportedFeature."""
    made: dict[str, Any] = {
        "may_exist": cursor.take("if", "not", "exists"),
        "name": cursor.name(),
        "is_external": is_external,
    }
    if cursor.words(1) == ["("]:
        made["columns"] = tuple(columns_said(cursor.inside()))
    if cursor.take("like"):
        raise UnsupportedFeature("CREATE TABLE … LIKE is not there: say the columns (DESCRIBE shows them)")
    while not cursor.is_at_end:
        if cursor.take("as") or cursor.words(1) in (["select"], ["with"]):
            made["query_begin"] = cursor.begin
            break
        made |= _clause(cursor, made)
    said = TableSaid(**made)
    if said.format == ICEBERG:
        _check_iceberg(said)
        return said
    _refuse_transforms(said)
    if said.format == DELTA:
        _check_delta(said)
    elif said.query_begin >= 0:
        _check_query(said)
    return said


def _refuse_transforms(said: TableSaid) -> None:
    if any(key.transform for key in said.keys):
        raise UnsupportedFeature(
            f"PARTITIONED BY a function is not there for {'.'.join(said.name)}: partitions of files are by "
            "columns. Say a column, or USING iceberg"
        )


def _check_iceberg(said: TableSaid) -> None:
    """Raises UnsupportedFeature for what the Glue API does not take of a new Iceberg table."""
    wrong = (
        ("types in PARTITIONED BY", any(key.type for key in said.keys)),
        ("AS", said.query_begin >= 0),
        ("OPTIONS", said.options),
        ("ROW FORMAT or STORED AS", said.library or said.library_parameters or said.input_format),
    )
    found = [word for word, value in wrong if value]
    if found:
        raise UnsupportedFeature(
            f"CREATE TABLE {'.'.join(said.name)} USING iceberg with {', '.join(found)} is not there: make "
            "the table with columns, names in PARTITIONED BY, LOCATION, COMMENT and TBLPROPERTIES alone, "
            "then INSERT INTO it (docs/reference/lake-formats.md)"
        )


def _check_delta(said: TableSaid) -> None:
    """Raises UnsupportedFeature for all but a table that is there: deltalake makes none here."""
    more = said.columns or said.keys or said.options or said.properties or said.query_begin >= 0
    if more or not said.location or said.library or said.library_parameters or said.input_format:
        raise UnsupportedFeature(
            f"CREATE TABLE {'.'.join(said.name)} USING delta is there with LOCATION and COMMENT alone, for a "
            f"table that is there: {lake_way(DELTA)}"
        )


def _check_query(said: TableSaid) -> None:
    """Raises UnsupportedFeature for what a CREATE TABLE … AS could not give to the table that it makes."""
    wrong = [word for word, value in (("columns", said.columns), ("COMMENT", said.comment)) if value]
    if said.library or said.library_parameters or (said.input_format and not said.serde):
        wrong.append("ROW FORMAT")
    if any(key.lower() != PARQUET_CODEC for key in said.properties):
        wrong.append("TBLPROPERTIES")
    if wrong or any(key.type for key in said.keys):
        raise UnsupportedFeature(
            f"CREATE TABLE {'.'.join(said.name)} AS with {', '.join(wrong) or 'types of its keys'} is not "
            "there: make the table first (CREATE TABLE), then INSERT INTO it"
        )


def _clause(cursor: Cursor, made: dict[str, Any]) -> dict[str, Any]:
    """One clause of a CREATE TABLE. Raises NotUnderstood."""
    if cursor.take("using"):
        return _used(cursor.identifier().lower())
    if cursor.take("partitioned", "by"):
        return {"keys": tuple(columns_said(cursor.inside(), may_lack=True))}
    if cursor.take("row", "format"):
        return _row_format(cursor)
    if cursor.take("stored", "as"):
        return _stored(cursor, made)
    if cursor.take("location"):
        return {"location": cursor.string()}
    if cursor.take("comment"):
        return {"comment": cursor.string()}
    if cursor.take("tblproperties"):
        return {"properties": dict(pairs_said(cursor.inside()))}
    if cursor.take("options"):
        return {"options": {key.lower(): value for key, value in pairs_said(cursor.inside())}}
    if cursor.words(1)[0] in ("clustered", "skewed", "sorted"):
        raise UnsupportedFeature("buckets are not there: leave out CLUSTERED BY, SKEWED BY and SORTED BY")
    cursor.end()
    return {}


def lake_way(format: str) -> str:
    """How a table of a lake format is made."""
    if format.lower() == ICEBERG:
        return (
            "make it with CREATE TABLE … USING iceberg, or with aws glue create-table "
            "--open-table-format-input (docs/reference/lake-formats.md)"
        )
    if format.lower() == DELTA:
        return (
            "write it with df.write.format('delta').save(path), then tell the catalog of it with CREATE "
            "TABLE … USING delta LOCATION 'path' (docs/reference/lake-formats.md)"
        )
    return (
        f"make it with the client of {format}, and tell the catalog of it with aws glue create-table "
        "(docs/reference/lake-formats.md)"
    )


def _used(name: str) -> dict[str, Any]:
    if name in (ICEBERG, DELTA):
        return {"format": name}
    if name in LAKES:
        raise UnsupportedFeature(f"USING {name} is not there: {lake_way(name)}")
    if name == "csv":
        return {"serde": OPEN_CSV, "format": "csv"}
    if name not in _FORMATS:
        raise UnsupportedFeature(f"USING {name} is not there: say parquet, csv, json, orc, avro or iceberg")
    return {"serde": _FORMATS[name], "format": name}


def _stored(cursor: Cursor, made: dict[str, Any]) -> dict[str, Any]:
    if cursor.take("inputformat"):
        made_of = {"input_format": cursor.string()}
        cursor.need("outputformat")
        return {**made_of, "output_format": cursor.string()}
    name = cursor.identifier().lower()
    if name not in _STORED_AS:
        raise UnsupportedFeature(
            f"STORED AS {name.upper()} is not there: say PARQUET, ORC, AVRO, TEXTFILE or JSONFILE"
        )
    serde = _STORED_AS[name]
    told = {"input_format": serde.input_format, "output_format": serde.output_format}
    return told if made.get("library") or made.get("serde") else {**told, "serde": serde}


def _row_format(cursor: Cursor) -> dict[str, Any]:
    parameters: dict[str, str] = {}
    if cursor.take("serde"):
        library = cursor.string()
        if cursor.take("with", "serdeproperties"):
            parameters = dict(pairs_said(cursor.inside()))
        return {"library": library, "library_parameters": parameters, "serde": None}
    cursor.need("delimited")
    while True:
        for words, parameter in _DELIMITED.items():
            if cursor.take(*words.split(), "terminated", "by"):
                parameters[parameter] = cursor.string()
                break
        else:
            if cursor.take("escaped", "by"):
                parameters["escape.delim"] = cursor.string()
            elif cursor.take("null", "defined", "as"):
                parameters["serialization.null.format"] = cursor.string()
            else:
                break
    parameters.setdefault("serialization.format", parameters.get("field.delim", "\x01"))
    return {"serde": LAZY_SIMPLE, "library_parameters": parameters, "format": "csv"}
