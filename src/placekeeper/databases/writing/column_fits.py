"""What the columns of a table take, by their types as the database describes them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from placekeeper.databases.writing.fit import Fit
from placekeeper.databases.writing.rules import Rule

ONE_BYTE: Final = '"char"'
"""A type of PostgreSQL, which SQLAlchemy takes for another."""

_INTS: Final[Mapping[str, pa.DataType]] = MappingProxyType(
    {
        "TINYINT": pa.int8(),
        "SMALLINT": pa.int16(),
        "INTEGER": pa.int32(),
        "INT": pa.int32(),
        "MEDIUMINT": pa.int32(),
        "BIGINT": pa.int64(),
    }
)
_UNSIGNED: Final = MappingProxyType(
    {
        "TINYINT": pa.uint8(),
        "SMALLINT": pa.uint16(),
        "MEDIUMINT": pa.uint32(),
        "INTEGER": pa.uint32(),
        "BIGINT": pa.uint64(),
    }
)


def fit_of(
    name: str, data_type: sa.types.TypeEngine[Any], *, sql_type: str, required: bool, product: str = ""
) -> Fit:
    """What a column takes, by its type as the database describes it."""
    if isinstance(data_type, postgresql.DOMAIN):
        data_type = data_type.data_type
    if product == "sqlite":
        return _sqlite_fit(name, data_type, sql_type=sql_type, required=required)
    rule = Rule(name="byte") if sql_type == ONE_BYTE else _rule(data_type, product)
    return Fit(
        name=name,
        sql_type=sql_type,
        type=pa.string() if rule is not None and rule.name == "money" else _arrow_type(data_type),
        length=_length(data_type),
        required=required,
        digits=_digits(data_type),
        scale=data_type.scale if isinstance(data_type, mysql.DOUBLE | mysql.FLOAT | mysql.REAL) else None,
        rule=rule,
        any_year=product == "postgresql",
    )


def _length(data_type: sa.types.TypeEngine[Any]) -> int | None:
    if isinstance(data_type, sa.Enum | mysql.SET) or not isinstance(data_type, sa.String):
        return None
    return data_type.length


def _sqlite_fit(name: str, data_type: sa.types.TypeEngine[Any], *, sql_type: str, required: bool) -> Fit:
    """SQLite's columns take what comes, but for what it would round or make a number."""
    known = _arrow_type(data_type)
    is_text = isinstance(data_type, sa.String)
    is_number = not is_text and not isinstance(data_type, sa.types.NullType | sa.LargeBinary)
    return Fit(
        name=name,
        sql_type=sql_type,
        type=None if known is None else _sqlite_type(known),
        required=required,
        rule=Rule(name="affinity" if is_number else "text" if is_text else "any"),
    )


def _sqlite_type(data_type: pa.DataType) -> pa.DataType | None:
    """What SQLite keeps as it is in a column of a type: 64-bit numbers, and 15 digits of a decimal."""
    if pat.is_integer(data_type):
        return pa.int64()
    if pat.is_floating(data_type):
        return pa.float64()
    if pat.is_decimal(data_type):
        return pa.decimal128(min(data_type.precision, 15), min(data_type.scale, 15))
    return None


def _arrow_type(data_type: sa.types.TypeEngine[Any]) -> pa.DataType | None:
    name = type(data_type).__name__.upper()
    if isinstance(data_type, sa.Integer):
        unsigned = getattr(data_type, "unsigned", False)
        return (_UNSIGNED if unsigned else _INTS).get(name)
    if isinstance(data_type, sa.Float):
        return pa.float32() if name in ("REAL", "FLOAT") and not _is_double(data_type) else pa.float64()
    if isinstance(data_type, sa.Numeric):
        if data_type.precision is None:
            return None
        precision, scale = data_type.precision, data_type.scale or 0
        if not 0 <= scale <= precision <= 76:
            return None
        return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
    if isinstance(data_type, sa.Boolean):
        return pa.bool_()
    if isinstance(data_type, sa.DateTime):
        return pa.timestamp("us", tz="UTC" if data_type.timezone else None)
    if isinstance(data_type, sa.Time):
        return None if data_type.timezone else pa.time64("us")
    if isinstance(data_type, mysql.YEAR):
        return pa.int16()
    if isinstance(data_type, mysql.BIT):
        return pa.uint64()
    if isinstance(data_type, sa.Date):
        return pa.date32()
    if isinstance(data_type, sa.Enum):
        return pa.string()
    if isinstance(data_type, sa.String):
        return pa.string()
    if isinstance(data_type, sa.LargeBinary | sa.BINARY | sa.VARBINARY):
        return pa.binary()
    return None


def _is_double(data_type: sa.Float[Any]) -> bool:
    return data_type.precision is not None and data_type.precision > 24


def _digits(data_type: sa.types.TypeEngine[Any]) -> int:
    """The digits of a second that a column keeps: PostgreSQL says precision, MySQL fsp (None is none)."""
    if not isinstance(data_type, sa.DateTime | sa.Time):
        return 6
    if hasattr(data_type, "fsp"):
        return data_type.fsp or 0
    digits = getattr(data_type, "precision", None)
    return 6 if digits is None else digits


def _rule(data_type: sa.types.TypeEngine[Any], product: str) -> Rule | None:
    if isinstance(data_type, mysql.SET):
        return Rule(name="set", members=tuple(data_type.values))
    if isinstance(data_type, sa.Enum):
        return Rule(name="enum", members=tuple(data_type.enums))
    if isinstance(data_type, mysql.YEAR):
        return Rule(name="year")
    if product == "mysql" and isinstance(data_type, sa.CHAR):
        return Rule(name="char")
    if product == "mysql" and isinstance(data_type, sa.BINARY) and data_type.length:
        return Rule(name="binary", length=data_type.length)
    if product == "postgresql" and type(data_type) is sa.String and data_type.length is None:
        return Rule(name="name")
    if isinstance(data_type, postgresql.MONEY):
        return Rule(name="money")
    if isinstance(data_type, sa.Numeric):
        scale = data_type.scale or 0
        return Rule(name="hundreds", length=-scale) if scale < 0 else None
    return Rule(name="opaque") if _arrow_type(data_type) is None else None
