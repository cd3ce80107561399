"""Values in the type of a column, if they are the same there. What would be another value is refused.

Arrow's own casts make dates of numbers and infinity of 1e300. So only those that are listed here are done.
Source: docs/reference/database-writes.md#exact-values.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

_WIDE: Final = 76
_DAY_US: Final = 86_400_000_000
_MICROS: Final = pa.timestamp("us")
_EPOCH: Final = pa.scalar("1970-01-01 ")
_SPELLED_DAYS: Final = (-4_371_587, 11_248_737)
"""From -9999-01-01 to 32767-12-31."""


class Changed(pa.ArrowInvalid):  # type: ignore[misc]  # pyarrow has no types
    """A value that would be another one in its column. The text says why, for people."""


def cast_exactly(array: pa.Array, to: pa.DataType) -> pa.Array:
    """The values in another type. Raises pa.ArrowInvalid or pa.ArrowNotImplementedError for one that changes.

    `real` takes doubles to the nearest.
    """
    if array.type == to:
        return array
    if array.null_count == len(array):
        return pa.nulls(len(array), to)
    if (of := _kind(array.type)) and (cast := _CASTS.get((of, _kind(to)))):
        return cast(array, to)
    raise Changed(f"a column of {_SAID.get(_kind(to), to)} takes no {_SAID.get(of, array.type)}")


def wall_of(array: pa.Array) -> pa.Array:
    """Timestamps in microseconds of UTC, without its name."""
    return pc.cast(pc.cast(array, pa.timestamp(array.type.unit)), _MICROS)


def ticks_of(array: pa.Array) -> pa.Array:
    """Dates as days, and timestamps as microseconds, since 1970."""
    if pat.is_date(array.type):
        return pc.cast(pc.cast(array, pa.date32()), pa.int32())
    return pc.cast(wall_of(array), pa.int64())


def is_beyond(array: pa.Array, first: int, last: int) -> bool:
    """Whether a date or timestamp is before a first day, or after a last one, counted from 1970."""
    unit = 1 if pat.is_date(array.type) else _DAY_US
    ends = pc.min_max(ticks_of(array)).as_py()
    return ends["min"] is not None and not first * unit <= ends["min"] <= ends["max"] < (last + 1) * unit


def refuse_fractions(array: pa.Array, digits: int) -> None:
    """Raises Changed for a time with more digits of a second than a column keeps."""
    if digits >= 6:
        return
    ticks = pc.cast(wall_of(array) if pat.is_timestamp(array.type) else array, pa.int64())
    unit = pa.scalar(10 ** (6 - digits), pa.int64())
    _same(pc.multiply(pc.divide(ticks, unit), unit), ticks, f"it keeps {digits} digits of a second")


def refuse_decimals(array: pa.Array, scale: int) -> None:
    """Raises Changed for a floating number with more digits than a column keeps behind its point."""
    _same(pc.round(array, ndigits=scale), array, f"it keeps {scale} digits behind the point")


def _kind(data_type: pa.DataType) -> str:
    return next((name for name, is_one in _KINDS if is_one(data_type)), "")


_KINDS: Final[tuple[tuple[str, Callable[[pa.DataType], bool]], ...]] = (
    ("bool", pat.is_boolean),
    ("int", pat.is_integer),
    ("float", pat.is_floating),
    ("decimal", pat.is_decimal),
    ("text", pat.is_string),
    ("binary", pat.is_binary),
    ("date", pat.is_date),
    ("time", pat.is_time),
    ("timestamp", pat.is_timestamp),
)
_SAID: Final = {
    "bool": "booleans",
    "int": "whole numbers",
    "float": "floating numbers",
    "decimal": "decimals",
    "binary": "bytes",
    "date": "dates",
    "time": "times of a day",
    "timestamp": "timestamps",
}


def _same(back: pa.Array, array: pa.Array, why: str) -> None:
    if not pc.all(pc.fill_null(pc.equal(back, array), True)).as_py():
        differs = pc.and_(pc.not_equal(back, array), pc.invert(_is_nan(array)))
        if pc.any(differs).as_py():
            raise Changed(why)


def _is_nan(array: pa.Array) -> pa.Array:
    return pc.is_nan(array) if pat.is_floating(array.type) else pc.equal(array, None).fill_null(False)


def _plain(array: pa.Array, to: pa.DataType) -> pa.Array:
    return pc.cast(array, to)


def _and_back(array: pa.Array, to: pa.DataType) -> pa.Array:
    made = pc.cast(array, to)
    _same(pc.cast(made, array.type), array, "its value would be another")
    return made


def _to_bool(array: pa.Array, to: pa.DataType) -> pa.Array:
    _same(pc.cast(pc.cast(array, to), pa.int8()), pc.cast(array, pa.int8()), "it is neither 0 nor 1")
    return pc.cast(array, to)


def _to_decimal(array: pa.Array, to: pa.DataType) -> pa.Array:
    """Whole numbers by way of a decimal with room for all of them."""
    if pat.is_boolean(array.type):
        array = pc.cast(array, pa.int8())
    return pc.cast(pc.cast(array, pa.decimal256(_WIDE, to.scale)), to)


def _float_to_decimal(array: pa.Array, to: pa.DataType) -> pa.Array:
    return pc.cast(pc.cast(array, pa.string()), to)


def _between_floats(array: pa.Array, to: pa.DataType) -> pa.Array:
    made = pc.cast(array, to)
    if pc.any(pc.and_(pc.is_inf(made), pc.is_finite(array))).as_py():
        raise Changed("it is beyond the largest number")
    return made


def _decimal_to_float(array: pa.Array, to: pa.DataType) -> pa.Array:
    """A decimal whose digits the floating number is spelled with."""
    made = pc.cast(array, to)
    _same(pc.cast(pc.cast(made, pa.string()), array.type), array, "it has more digits")
    return made


def _text_to_float(array: pa.Array, to: pa.DataType) -> pa.Array:
    made = pc.cast(array, to)
    spelled = pc.cast(made, pa.string()).to_pylist()
    for text, said in zip(array.to_pylist(), spelled, strict=True):
        if text is not None and said != "nan" and (said in ("inf", "-inf") or not _is_same(text, said)):
            if said.strip("-") == "inf" and not any(digit in text for digit in "0123456789"):
                continue
            raise Changed("it has more digits")
    return made


def _is_same(text: str, spelled: str) -> bool:
    try:
        return Decimal(text) == Decimal(spelled)
    except InvalidOperation:  # an exponent beyond all numbers
        return False


def _to_timestamp(array: pa.Array, to: pa.DataType) -> pa.Array:
    """A time with a zone is its time in UTC, and the other way round."""
    if (array.type.tz is None) == (to.tz is None):
        return pc.cast(array, to)
    return pc.cast(pc.cast(array, pa.timestamp(array.type.unit)), to)


def _timestamp_to_date(array: pa.Array, to: pa.DataType) -> pa.Array:
    wall = wall_of(array)
    days = pc.cast(wall, to, safe=False)
    _same(pc.cast(days, wall.type), wall, "it has a time of day")
    return days


def _timestamp_to_time(array: pa.Array, to: pa.DataType) -> pa.Array:
    """The times of 1970-01-01, which is how a time of day is read."""
    ticks = pc.cast(wall_of(array), pa.int64())
    outside = pc.or_(pc.less(ticks, 0), pc.greater_equal(ticks, _DAY_US))
    if pc.any(outside).as_py():
        raise Changed("it has a date other than 1970-01-01")
    return pc.cast(ticks, to)


def _time_to_text(array: pa.Array, to: pa.DataType) -> pa.Array:
    """Arrow spells other years wrongly, and says nothing."""
    if is_beyond(array, *_SPELLED_DAYS):
        raise Changed("texts are made of the years -9999 to 32767")
    return pc.cast(array, to)


def _text_to_time(array: pa.Array, to: pa.DataType) -> pa.Array:
    moments = pc.cast(pc.binary_join_element_wise(_EPOCH, array, ""), _MICROS)
    return _timestamp_to_time(moments, to)


_CASTS: Final[dict[tuple[str, str], Callable[[pa.Array, pa.DataType], pa.Array]]] = {
    ("bool", "int"): _plain,
    ("int", "int"): _plain,
    ("float", "int"): _and_back,
    ("decimal", "int"): _plain,
    ("text", "int"): _plain,
    ("bool", "float"): _plain,
    ("int", "float"): _and_back,
    ("float", "float"): _between_floats,
    ("decimal", "float"): _decimal_to_float,
    ("text", "float"): _text_to_float,
    ("bool", "decimal"): _to_decimal,
    ("int", "decimal"): _to_decimal,
    ("float", "decimal"): _float_to_decimal,
    ("decimal", "decimal"): _plain,
    ("text", "decimal"): _plain,
    ("int", "bool"): _to_bool,
    ("float", "bool"): _to_bool,
    ("decimal", "bool"): _to_bool,
    ("text", "bool"): _plain,
    ("date", "timestamp"): _plain,
    ("timestamp", "timestamp"): _to_timestamp,
    ("text", "timestamp"): _plain,
    ("timestamp", "date"): _timestamp_to_date,
    ("text", "date"): _plain,
    ("time", "time"): _plain,
    ("timestamp", "time"): _timestamp_to_time,
    ("text", "time"): _text_to_time,
    ("text", "binary"): _plain,
    **{(one, "text"): _plain for one in ("bool", "int", "float", "decimal", "binary", "time")},
    ("date", "text"): _time_to_text,
    ("timestamp", "text"): _time_to_text,
}
"""What is cast to what, by kinds of types."""
