"""Types of MySQL and MariaDB in Arrow, as Spark's JDBC reader maps them with MySQL's own driver."""

import datetime
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
from pymysql.constants import FIELD_TYPE, FLAG

from placekeeper.databases.arrow_rows import Convert
from placekeeper.databases.columns import Column
from placekeeper.databases.type_texts import TypeText, decimal_type
from placekeeper.databases.unfit import Unheld
from placekeeper.model.databases import KeyType
from placekeeper.rules.databases.driver_parameters import TinyintOfOne

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")
SHORT_YEAR: Final = 2
FIRST_SHORT_YEAR: Final = 70
EARLIER: Final = 1900
LATER: Final = 2000
"""The years of `year(2)` of MariaDB: 70 to 99, then 0 to 69, in these centuries."""

_BINARY_CHARSET: Final = 63
_EPOCH: Final = datetime.datetime(1970, 1, 1)
_DAY: Final = datetime.timedelta(days=1)

_SIMPLE: Final[Mapping[str, tuple[Any, KeyType | None]]] = MappingProxyType(
    {
        "tinyint": (pa.int8(), "int"),
        "tinyint unsigned": (pa.int16(), "int"),
        "smallint": (pa.int16(), "int"),
        "smallint unsigned": (pa.int32(), "int"),
        "mediumint": (pa.int32(), "int"),
        "mediumint unsigned": (pa.int32(), "int"),
        "int": (pa.int32(), "int"),
        "int unsigned": (pa.int64(), "int"),
        "bigint": (pa.int64(), "int"),
        "bigint unsigned": (pa.decimal128(20, 0), "int"),
        "float": (pa.float32(), "float"),
        "float unsigned": (pa.float32(), "float"),
        "double": (pa.float64(), "float"),
        "double unsigned": (pa.float64(), "float"),
        "date": (pa.date32(), "date"),
        "datetime": (TIMESTAMP, "timestamp"),
        "timestamp": (TIMESTAMP, "timestamptz"),
        "time": (TIMESTAMP, None),
        "year": (pa.date32(), "int"),
        "uuid": (pa.string(), None),  # MariaDB sorts them by other bytes than their text
        "json": (pa.string(), None),
        "inet4": (pa.string(), None),
        "inet6": (pa.string(), None),
        **{name: (pa.string(), "text") for name in ("char", "varchar")},
        **{
            name: (pa.string(), None)
            for name in ("tinytext", "text", "mediumtext", "longtext", "enum", "set")
        },
        **{name: (pa.binary(), "bytes") for name in ("binary", "varbinary")},
        **{name: (pa.binary(), None) for name in ("tinyblob", "blob", "mediumblob", "longblob")},
    }
)
_RESULTS: Final[Mapping[int, str]] = MappingProxyType(
    {
        FIELD_TYPE.TINY: "tinyint",
        FIELD_TYPE.SHORT: "smallint",
        FIELD_TYPE.INT24: "mediumint",
        FIELD_TYPE.LONG: "int",
        FIELD_TYPE.LONGLONG: "bigint",
        FIELD_TYPE.FLOAT: "float",
        FIELD_TYPE.DOUBLE: "double",
        FIELD_TYPE.DATE: "date",
        FIELD_TYPE.NEWDATE: "date",
        FIELD_TYPE.DATETIME: "datetime",
        FIELD_TYPE.TIMESTAMP: "timestamp",
        FIELD_TYPE.TIME: "time",
        FIELD_TYPE.YEAR: "year",
        FIELD_TYPE.JSON: "json",
        FIELD_TYPE.NULL: "char",
    }
)
_TEXTS: Final = {
    FIELD_TYPE.VARCHAR: ("varchar", "varbinary"),
    FIELD_TYPE.VAR_STRING: ("varchar", "varbinary"),
    FIELD_TYPE.STRING: ("char", "binary"),
    FIELD_TYPE.TINY_BLOB: ("tinytext", "tinyblob"),
    FIELD_TYPE.MEDIUM_BLOB: ("mediumtext", "mediumblob"),
    FIELD_TYPE.LONG_BLOB: ("longtext", "longblob"),
    FIELD_TYPE.BLOB: ("text", "blob"),
}


def column(name: str, spelled: str, is_nullable: bool, tinyint: TinyintOfOne) -> Column:
    """A column of a table, by its type as information_schema spells it."""
    arrow, key = _types(spelled, tinyint)
    return Column(
        name=name,
        sql_type=spelled,
        arrow=arrow,
        key_type=key,
        nullable=is_nullable,
        bound="float" if arrow == pa.float32() else "",
        is_truth=arrow == pa.bool_() and tinyint == "truth",
    )


def of_result(field: Any, tinyint: TinyintOfOne) -> Column:
    """A column of a query's result, by what the protocol says about it."""
    return column(field.name, _spelled(field), True, tinyint)


def convert(column: Column) -> Convert | None:
    """What makes pymysql's value one that Arrow takes."""
    text = TypeText.of(column.sql_type)
    if text.base == "time":
        return _time
    if text.base == "year":
        return _short_year if text.precision == SHORT_YEAR else _year
    if text.base in ("date", "datetime", "timestamp"):
        return _calendar
    if text.base == "bit":
        return _bit if column.arrow == pa.bool_() else _bits
    if column.arrow == pa.bool_():
        return _truth if column.is_truth else _flag
    return None


def _types(spelled: str, tinyint: TinyintOfOne) -> tuple[Any, KeyType | None]:
    text = TypeText.of(spelled.replace(" zerofill", ""))
    if text.base == "tinyint" and text.precision == 1 and tinyint != "number":
        return pa.bool_(), None
    if text.base == "bit":
        return (pa.bool_() if text.precision in (None, 1) else pa.int64()), None
    if text.base in ("decimal", "decimal unsigned"):
        return decimal_type(text.precision or 10, text.scale), "decimal" if text.scale else "int"
    return _SIMPLE.get(text.base, (None, None))


def _spelled(field: Any) -> str:
    """The type as a table's column of it would be spelled."""
    unsigned = " unsigned" if field.flags & FLAG.UNSIGNED else ""
    if field.type_code == FIELD_TYPE.BIT:
        return f"bit({field.length})"
    if field.type_code in (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL):
        signs = (0 if unsigned else 1) + (1 if field.scale else 0)
        return f"decimal({field.length - signs},{field.scale}){unsigned}"
    if field.type_code in _TEXTS:
        text, binary = _TEXTS[field.type_code]
        return binary if field.charsetnr == _BINARY_CHARSET else text
    name = _RESULTS.get(field.type_code, f"type {field.type_code}")
    if (name + unsigned, field.length) in (("tinyint", 1), ("year", 2), ("year unsigned", 2)):
        return f"{name}({field.length})"
    return f"{name}{unsigned}" if name in ("tinyint", "smallint", "mediumint", "int", "bigint") else name


def _time(value: Any) -> datetime.datetime:
    if not isinstance(value, datetime.timedelta) or not datetime.timedelta(0) <= value < _DAY:
        raise Unheld("no time of a day")
    return _EPOCH + value


def _year(value: int) -> datetime.date:
    if not value:
        raise Unheld("the year 0000 is no date")
    return datetime.date(value, 1, 1)


def _short_year(value: int) -> datetime.date:
    return datetime.date(value + (LATER if value < FIRST_SHORT_YEAR else EARLIER), 1, 1)


def _bit(value: bytes) -> bool:
    return value != b"\0"


def _bits(value: bytes) -> int:
    return int.from_bytes(value, "big")


def neither() -> Unheld:
    """Why a number is no boolean."""
    return Unheld(
        "neither 0 nor 1",
        advice="With tinyInt1isBit=false in the url, such columns are read as numbers. With "
        "tinyInt1isBit=true, -1 and numbers above 0 are true, as MySQL's JDBC driver takes them",
    )


def _calendar(value: Any) -> datetime.date:
    """The driver gives the text of what is no date."""
    if not isinstance(value, datetime.date):
        raise Unheld("no date of the calendar")
    return value


def _flag(value: int) -> bool:
    if value not in (0, 1):
        raise neither()
    return value == 1


def _truth(value: int) -> bool:
    """As MySQL's own driver takes numbers for truths: those above zero, and -1."""
    return value > 0 or value == -1
