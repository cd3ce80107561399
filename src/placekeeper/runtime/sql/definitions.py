"""CREATE TABLE and CREATE DATABASE, as they are written: columns, keys, the form of files, and a query."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import nearest
from placekeeper.rules.catalog.hive_types import hive_type
from placekeeper.rules.catalog.serdes import (
    AVRO_SERDE,
    JSON_SERDE,
    LAZY_SIMPLE,
    OPEN_CSV,
    ORC_SERDE,
    PARQUET_HIVE,
    SerDe,
)
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood, Parts, Wrong
from placekeeper.runtime.types.hive import is_type
from placekeeper.runtime.types.table import NAMED

ICEBERG: Final = "iceberg"
LAKES: Final = frozenset({ICEBERG, "delta", "hudi"})
ICEBERG_VERSION: Final = "format-version"
PARQUET_CODEC: Final = "parquet.compression"
_FORMATS: Final = {"parquet": PARQUET_HIVE, "orc": ORC_SERDE, "avro": AVRO_SERDE, "json": JSON_SERDE}
_STORED_AS: Final = {
    **_FORMATS,
    "textfile": LAZY_SIMPLE,
    "jsonfile": JSON_SERDE,
}
_SPELLINGS: Final = {"long": "bigint", "short": "smallint", "byte": "tinyint", "dec": "decimal"}
_DELIMITED: Final = {
    "fields": "field.delim",
    "collection items": "collection.delim",
    "map keys": "mapkey.delim",
    "lines": "line.delim",
}


class ColumnSaid(Struct, frozen=True):
    """A column as a statement has it; a partition key of a query has no type."""

    name: str
    type: str
    comment: str = ""

    @property
    def spec(self) -> dict[str, str]:
        """The column in a TableInput."""
        told = {"Name": self.name.lower(), "Type": self.type}
        return {**told, "Comment": self.comment} if self.comment else told


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
        made["columns"] = tuple(_columns(cursor.inside()))
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
    elif said.query_begin >= 0:
        _check_query(said)
    return said


def _check_iceberg(said: TableSaid) -> None:
    """Raises UnsupportedFeature for what the Glue API does not take of a new Iceberg table."""
    wrong = (
        ("PARTITIONED BY", said.keys),
        ("AS", said.query_begin >= 0),
        ("OPTIONS", said.options),
        ("ROW FORMAT or STORED AS", said.library or said.library_parameters or said.input_format),
        ("TBLPROPERTIES", set(said.properties) - {ICEBERG_VERSION}),
    )
    found = [word for word, value in wrong if value]
    if found:
        raise UnsupportedFeature(
            f"CREATE TABLE {'.'.join(said.name)} USING iceberg with {', '.join(found)} is not there: make "
            "the table with columns, LOCATION, COMMENT and format-version alone, then INSERT INTO it. For "
            "partitions and properties, use aws glue create-table --open-table-format-input "
            "(docs/reference/lake-formats.md)"
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
        return {"keys": tuple(_columns(cursor.inside(), may_lack=True))}
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
    return (
        f"make it with the client of {format}, and tell the catalog of it with aws glue create-table "
        "(docs/reference/lake-formats.md)"
    )


def _used(name: str) -> dict[str, Any]:
    if name == ICEBERG:
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


def columns_said(cursor: Cursor) -> list[ColumnSaid]:
    """Columns in brackets. Raises NotUnderstood."""
    return list(_columns(cursor))


def _columns(inside: Cursor, *, may_lack: bool = False) -> Iterator[ColumnSaid]:
    """Columns in brackets; with `may_lack` they may lack types."""
    while not inside.is_at_end:
        name = inside.identifier()
        inside.take(":")
        type = inside.until(",", "comment", "not", "default", "options", "first", "after", angles=True)
        if inside.take("not"):
            inside.need("null")
        comment = inside.string() if inside.take("comment") else ""
        if not inside.is_at_end and not inside.take(","):
            raise NotUnderstood(f"the column {name} has more than a name, a type and a COMMENT")
        if may_lack and type.startswith("("):
            raise UnsupportedFeature(
                f"PARTITIONED BY {name}{type} is not there: partitions of files are by columns. For an "
                "Iceberg table, use aws glue create-table --open-table-format-input "
                "(docs/reference/lake-formats.md)"
            )
        if type or not may_lack:
            _check_type(name, type)
        yield ColumnSaid(name, _type(type), comment)


def _type(text: str) -> str:
    """A type as the catalog has it; empty for none."""
    name = str(hive_type(" ".join(text.split()))).replace(" ", "") if text else ""
    return _SPELLINGS.get(name, name)


def _check_type(column: str, text: str) -> None:
    """Raises Wrong for a type that is none: no reader of the table would know it."""
    type, shown = _type(text), " ".join(text.split())
    if not is_type(type):
        near = nearest(type, sorted(NAMED))
        hint = f" Did you mean {near}?" if near else ""
        raise Wrong(
            f'[UNSUPPORTED_DATATYPE] Unsupported data type "{shown}" of the column {column}.{hint} Types '
            "are int, bigint, double, decimal(10,2), string, boolean, date, timestamp, binary, array<…>, "
            "map<…,…> and struct<name:type,…>."
            if shown
            else f"[PARSE_SYNTAX_ERROR] The column {column} lacks a type. Say one: {column} string."
        )


def pairs_said(inside: Cursor) -> Iterator[tuple[str, str]]:
    """Keys and values in brackets. Raises NotUnderstood."""
    while not inside.is_at_end:
        key = inside.string() if inside.is_at_string else ".".join(inside.name())
        inside.take("=")
        yield key, inside.literal() or ""
        if not inside.is_at_end and not inside.take(","):
            raise NotUnderstood(f"a comma was expected behind {key}")
