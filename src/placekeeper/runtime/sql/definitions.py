"""CREATE TABLE and CREATE DATABASE, as they are written: columns, keys, the form of files, and a query."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

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
    """A CREATE TABLE behind these words. Raises NotUnderstood."""
    made: dict[str, Any] = {
        "may_exist": cursor.take("if", "not", "exists"),
        "name": cursor.name(),
        "is_external": is_external,
    }
    if cursor.words(1) == ["("]:
        made["columns"] = tuple(_columns(cursor.inside()))
    if cursor.take("like"):
        raise NotUnderstood("CREATE TABLE … LIKE is not there: say the columns (DESCRIBE shows them)")
    while not cursor.is_at_end:
        if cursor.take("as") or cursor.words(1) in (["select"], ["with"]):
            made["query_begin"] = cursor.begin
            break
        made |= _clause(cursor, made)
    return TableSaid(**made)


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
        raise NotUnderstood("buckets are not there: leave out CLUSTERED BY, SKEWED BY and SORTED BY")
    cursor.end()
    return {}


def _used(name: str) -> dict[str, Any]:
    if name == "csv":
        return {"serde": OPEN_CSV, "format": "csv"}
    if name not in _FORMATS:
        raise NotUnderstood(f"USING {name} is not there: say parquet, csv, json, orc or avro")
    return {"serde": _FORMATS[name], "format": name}


def _stored(cursor: Cursor, made: dict[str, Any]) -> dict[str, Any]:
    if cursor.take("inputformat"):
        made_of = {"input_format": cursor.string()}
        cursor.need("outputformat")
        return {**made_of, "output_format": cursor.string()}
    name = cursor.identifier().lower()
    if name not in _STORED_AS:
        raise NotUnderstood(
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
