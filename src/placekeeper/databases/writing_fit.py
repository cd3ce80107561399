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
    {"TINYINT": pa.uint8(), "SMALLINT": pa.uint16(), "INTEGER": pa.uint32(), "BIGINT": pa.uint64()}
)
_SHOWN: Final = 60
_COLUMNS_SHOWN: Final = 4


class Fit(Struct, frozen=True, kw_only=True):
    """What a column takes. `type` is the Arrow type of its values, None for whatever comes.

    `length` is the most characters, `required` says that null is refused.
    """

    name: str
    sql_type: str
    type: pa.DataType | None = None
    length: int | None = None
    required: bool = False


def fit_of(name: str, data_type: sa.types.TypeEngine[Any], *, sql_type: str, required: bool) -> Fit:
    """What a column takes, by its type as the database describes it."""
    return Fit(
        name=name,
        sql_type=sql_type,
        type=_arrow_type(data_type),
        length=data_type.length if isinstance(data_type, sa.String) else None,
        required=required,
    )


def without_types(fits: Sequence[Fit]) -> tuple[Fit, ...]:
    """The same for SQLite, whose columns take what comes, but for numbers that it would round."""
    return tuple(
        Fit(
            name=fit.name,
            sql_type=fit.sql_type,
            type=None if fit.type is None else _sqlite_type(fit.type),
            required=fit.required,
        )
        for fit in fits
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
    made = array
    if fit.type is not None and array.type != fit.type:
        try:
            made = _cast(array, fit.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            row = _first(array, lambda part: _refuses(part, fit.type))
            raise unwritable(
                batch,
                row,
                first_row,
                f"the column {fit.name} ({fit.sql_type}) does not take {_text(array, row)} exactly",
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


def _cast(array: pa.Array, to: pa.DataType) -> pa.Array:
    """Raises pa.ArrowInvalid for a value that is not the same in the other type."""
    if pat.is_null(array.type):
        return pa.nulls(len(array), to)
    if pat.is_float32(to):
        return pc.cast(array, to, safe=False)  # to the nearest: REAL has seven digits
    if pat.is_timestamp(to) and pat.is_timestamp(array.type) and (array.type.tz is None) != (to.tz is None):
        wall = pc.cast(array, pa.timestamp(array.type.unit))  # UTC, with or without its name
        return pc.cast(wall, to)
    if pat.is_date(to) and pat.is_timestamp(array.type):
        wall = pc.cast(array, pa.timestamp(array.type.unit))
        days = pc.cast(wall, to)
        if not pc.all(pc.equal(pc.cast(days, wall.type), wall)).as_py():
            raise pa.ArrowInvalid("a time of day")
        return days
    if pat.is_decimal(to) and pat.is_floating(array.type):
        return pc.cast(pc.cast(array, pa.string()), to)
    if pat.is_boolean(to) and not (pat.is_string(array.type) or pat.is_boolean(array.type)):
        is_true = pc.cast(array, to)
        if not pc.all(pc.equal(pc.cast(is_true, pa.int8()), pc.cast(array, pa.int8()))).as_py():
            raise pa.ArrowInvalid("a number that is neither 0 nor 1")
        return is_true
    return pc.cast(array, to)


def _refuses(part: pa.Array, to: pa.DataType | None) -> bool:
    try:
        _cast(part, to)
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
    said = "null" if not value.is_valid else repr(str(value))
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
        return pa.timestamp(_unit(data_type), tz="UTC" if data_type.timezone else None)
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


def _unit(data_type: sa.DateTime) -> str:
    """The unit that a column keeps: PostgreSQL says precision, MySQL fsp (None is whole seconds)."""
    if hasattr(data_type, "fsp"):
        digits = data_type.fsp or 0
    else:
        digits = getattr(data_type, "precision", None)
        digits = 6 if digits is None else digits
    return "s" if digits == 0 else "ms" if digits <= 3 else "us"
