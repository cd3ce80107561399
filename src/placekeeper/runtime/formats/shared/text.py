"""Values as text, the same on every engine: as Spark prints them, and without loss where Spark would lose.

Spark's text formats cut timestamps to milliseconds; here microseconds are printed when there are any.
"""

import datetime
import decimal
import math
from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.model.errors import ValueUnwritable

_SCIENTIFIC_FROM: Final = 1e7
_SCIENTIFIC_BELOW: Final = 1e-3
_MILLIS_LENGTH: Final = len("2020-01-01T12:00:00.000")


def unwritable(column: str, row: int, reason: str) -> ValueUnwritable:
    """The error for a value; `row` is its row in the file that is being written, from 1."""
    return ValueUnwritable(f"column {column}, row {row} of a file: {reason}")


def java_double(value: float, digits: str | None = None) -> str:
    """A double as Java prints it: `1.0`, `1.0E10`, `1.5E-5`, `NaN`, `Infinity`.

    `digits` is the shortest decimal spelling, where that is not the one of a 64-bit float.
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0 or _SCIENTIFIC_BELOW <= abs(value) < _SCIENTIFIC_FROM:
        plain = format(decimal.Decimal(digits or repr(value)), "f")
        return plain if "." in plain else f"{plain}.0"
    sign, numbers, exponent = decimal.Decimal(digits or repr(value)).normalize().as_tuple()
    spelled = "".join(map(str, numbers))
    fraction = spelled[1:] or "0"
    return f"{'-' if sign else ''}{spelled[0]}.{fraction}E{int(exponent) + len(spelled) - 1}"


def iso_timestamp(value: datetime.datetime, *, zone: str) -> str:
    """`2020-01-01T12:00:00.000` and the zone's suffix; six digits where there are microseconds."""
    unit = "microseconds" if value.microsecond % 1000 else "milliseconds"
    return value.replace(tzinfo=None).isoformat(timespec=unit) + zone


def text_column(array: pa.Array, name: str) -> pa.Array:
    """A column of scalars as strings for CSV; null stays null. Raises ValueError for what has no text.

    Arrow spells whole columns. Only values that it spells in another way are spelled one by one.
    """
    if pat.is_string(array.type):
        return array
    if pat.is_null(array.type):
        return pa.nulls(len(array), pa.string())
    if pat.is_floating(array.type):
        return _doubles(array)
    if pat.is_timestamp(array.type):
        return _timestamps(array)
    if pat.is_integer(array.type) or pat.is_boolean(array.type) or pat.is_date(array.type):
        return array.cast(pa.string())
    if pat.is_decimal(array.type):
        texts = array.cast(pa.string())
        return _respelled(texts, pc.match_substring(texts, "E"), array, lambda value, _: format(value, "f"))
    raise ValueError(f"column {name} has the type {array.type}, which has no text")


def _doubles(array: pa.Array) -> pa.Array:
    texts, sizes = array.cast(pa.string()), pc.abs(array.cast(pa.float64()))
    is_scientific = pc.or_(pc.less(sizes, _SCIENTIFIC_BELOW), pc.invert(pc.less(sizes, _SCIENTIFIC_FROM)))
    other = pc.and_(is_scientific, pc.not_equal(sizes, 0.0))
    texts = _respelled(texts, other, array, lambda value, text: java_double(value, _finite(value, text)))
    return pc.if_else(pc.match_substring_regex(texts, "[.a-z]"), texts, _suffixed(texts, ".0"))


def _finite(value: float, digits: str) -> str | None:
    return digits if math.isfinite(value) else None


def _timestamps(array: pa.Array) -> pa.Array:
    zone = "Z" if array.type.tz else ""
    moments = array.cast(pa.int64()).cast(pa.timestamp("us"))
    texts = pc.utf8_replace_slice(moments.cast(pa.string()), start=10, stop=11, replacement="T")
    are_millis = pc.ends_with(texts, "000")
    return _suffixed(pc.if_else(are_millis, pc.utf8_slice_codeunits(texts, 0, _MILLIS_LENGTH), texts), zone)


def _suffixed(texts: pa.Array, suffix: str) -> pa.Array:
    return pc.binary_join_element_wise(texts, suffix, "")


def _respelled(
    texts: pa.Array, which: pa.Array, values: pa.Array, spell: Callable[[Any, str], str]
) -> pa.Array:
    """The texts, those of `which` made by `spell` from value and text."""
    chosen = pc.fill_null(which, False)
    if not pc.any(chosen).as_py():
        return texts
    pairs = zip(values.filter(chosen).to_pylist(), texts.filter(chosen).to_pylist(), strict=True)
    return pc.replace_with_mask(texts, chosen, pa.array([spell(*pair) for pair in pairs], pa.string()))


def utc_datetimes(array: pa.Array) -> list[datetime.datetime | None]:
    """The values of a timestamp column in UTC, without a zone, in microseconds."""
    values: list[datetime.datetime | None] = array.cast(pa.int64()).cast(pa.timestamp("us")).to_pylist()
    return values
