"""Whether values fit the columns of a table: what does not is named before the database sees it.

Databases would round, cut or pad some of these without a word. Source: docs/reference/databases.md#writing.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.dialects import mysql, postgresql

from placekeeper.databases.writing.casts import Changed, cast_exactly, refuse_decimals, refuse_fractions
from placekeeper.databases.writing.rules import Rule, keep
from placekeeper.model.errors import ValueUnwritable

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
_SHOWN: Final = 60
_COLUMNS_SHOWN: Final = 4


class Fit(Struct, frozen=True, kw_only=True):
    """What a column takes. `type` is the Arrow type of its values, None for whatever comes.

    `length` is the most characters, `required` says that null is refused. `digits` of a second are kept, and
    `scale` digits of a floating number behind its point. `rule` is what the column does beside its type.
    """

    name: str
    sql_type: str
    type: pa.DataType | None = None
    length: int | None = None
    required: bool = False
    digits: int = 6
    scale: int | None = None
    rule: Rule | None = None


def fit_of(
    name: str, data_type: sa.types.TypeEngine[Any], *, sql_type: str, required: bool, product: str = ""
) -> Fit:
    """What a column takes, by its type as the database describes it."""
    if isinstance(data_type, postgresql.DOMAIN):
        data_type = data_type.data_type
    if product == "sqlite":
        return _sqlite_fit(name, data_type, sql_type=sql_type, required=required)
    rule = _rule(data_type, product)
    return Fit(
        name=name,
        sql_type=sql_type,
        type=pa.string() if rule is not None and rule.name == "money" else _arrow_type(data_type),
        length=_length(data_type),
        required=required,
        digits=_digits(data_type),
        scale=data_type.scale if isinstance(data_type, mysql.DOUBLE | mysql.FLOAT | mysql.REAL) else None,
        rule=rule,
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


def fitted(batch: pa.RecordBatch, fits: Sequence[Fit], first_row: int) -> pa.RecordBatch:
    """The rows in the types of the table's columns. `first_row` counts the rows of the task before them.

    Raises ValueUnwritable, which names column, value and row.
    """
    columns = []
    for position, fit in enumerate(fits):
        array = batch.column(position)
        if fit.required and array.null_count:
            row = pc.index(pc.is_null(array), True).as_py()
            raise unwritable(batch, row, first_row, f"the column {fit.name} takes no null")
        columns.append(_fitted(batch, position, fit, first_row))
    return pa.RecordBatch.from_arrays(columns, [fit.name for fit in fits])


def unwritable(batch: pa.RecordBatch, row: int, first_row: int, why: str) -> ValueUnwritable:
    """Says that a row cannot be written, and shows it."""
    names = batch.schema.names[:_COLUMNS_SHOWN]
    values = ", ".join(f"{name}={_text(batch.column(n), row)}" for n, name in enumerate(names))
    more = ", …" if batch.num_columns > len(names) else ""
    return ValueUnwritable(
        f"row {first_row + row + 1:,} of its task ({values}{more}) cannot be written: {why}. Nothing of the "
        "write is visible. Mend the value, or change the column of the table"
    )


def _fitted(batch: pa.RecordBatch, position: int, fit: Fit, first_row: int) -> pa.Array:
    array = batch.column(position)
    try:
        made = _converted(array, fit)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        row = _first(array, lambda part: _refuses(part, fit))
        why = f": {error}" if isinstance(error, Changed) else ""
        raise unwritable(
            batch,
            row,
            first_row,
            f"the column {fit.name} ({fit.sql_type}) does not take {_text(array, row)} exactly{why}",
        ) from error
    if fit.length is not None and pat.is_string(made.type):
        too_long = pc.greater(pc.utf8_length(made), fit.length)
        if pc.any(too_long).as_py():
            row = pc.index(pc.fill_null(too_long, False), True).as_py()
            raise unwritable(
                batch,
                row,
                first_row,
                f"the column {fit.name} takes {fit.length:,} characters, and {_text(array, row)} has "
                f"{pc.utf8_length(made)[row].as_py():,}",
            )
    return made


def _converted(array: pa.Array, fit: Fit) -> pa.Array:
    """Raises pa.ArrowInvalid or pa.ArrowNotImplementedError for a value that the column would change."""
    if fit.type is None:
        made = array
    elif fit.rule is not None and fit.rule.name == "year" and pat.is_date(array.type):
        made = _years(array)
    elif pat.is_timestamp(fit.type) and pat.is_string(array.type):
        made = cast_exactly(array, pa.timestamp("us", fit.type.tz))
    else:
        made = cast_exactly(array, fit.type)
    if pat.is_temporal(made.type) and not pat.is_date(made.type):
        refuse_fractions(made, fit.digits)
    if fit.scale is not None and pat.is_floating(made.type):
        refuse_decimals(made, fit.scale)
    if fit.rule is not None:
        keep(made, fit.rule)
    return made


def _years(array: pa.Array) -> pa.Array:
    """A year is read as its first day."""
    if pc.any(pc.not_equal(pc.day_of_year(array), 1)).as_py():
        raise Changed("it is not the first day of a year")
    return pc.cast(pc.year(array), pa.int16())


def _refuses(part: pa.Array, fit: Fit) -> bool:
    try:
        _converted(part, fit)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return True
    return False


def _first(array: pa.Array, is_wrong: Any) -> int:
    """The first place at which an array is wrong, which it is."""
    begin, end = 0, len(array)
    while end - begin > 1:
        middle = (begin + end) // 2
        if is_wrong(array.slice(begin, middle - begin)):
            end = middle
        else:
            begin = middle
    return begin


def _text(array: pa.Array, row: int) -> str:
    value = array[row]
    try:
        said = "null" if not value.is_valid else repr(str(value))
    except (OverflowError, ValueError):  # a time that Python has not
        said = repr(str(pc.cast(array.slice(row, 1), pa.string())[0]))
    return f"{said[:_SHOWN]}…" if len(said) > _SHOWN else said


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
