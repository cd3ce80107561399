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
        return respelled(texts, pc.match_substring(texts, "E"), array, lambda value, _: format(value, "f"))
    raise ValueError(f"column {name} has the type {array.type}, which has no text")


def _doubles(array: pa.Array) -> pa.Array:
    texts, sizes = array.cast(pa.string()), pc.abs(array.cast(pa.float64()))
    is_scientific = pc.or_(pc.less(sizes, _SCIENTIFIC_BELOW), pc.invert(pc.less(sizes, _SCIENTIFIC_FROM)))
    other = pc.and_(is_scientific, pc.not_equal(sizes, 0.0))
    texts = respelled(texts, other, array, lambda value, text: java_double(value, _finite(value, text)))
    return with_point(texts)


def _finite(value: float, digits: str) -> str | None:
    return digits if math.isfinite(value) else None


def _timestamps(array: pa.Array) -> pa.Array:
    texts = _moments(array)
    are_millis = pc.ends_with(texts, "000")
    return _zoned(pc.if_else(are_millis, pc.utf8_slice_codeunits(texts, 0, _MILLIS_LENGTH), texts), array)


def millis_column(array: pa.Array) -> pa.Array:
    """A column of timestamps with three digits behind the second, whatever comes behind these."""
    return _zoned(pc.utf8_slice_codeunits(_moments(array), 0, _MILLIS_LENGTH), array)


def _moments(array: pa.Array) -> pa.Array:
    moments = array.cast(pa.int64()).cast(pa.timestamp("us"))
    return pc.utf8_replace_slice(moments.cast(pa.string()), start=10, stop=11, replacement="T")


def _zoned(texts: pa.Array, array: pa.Array) -> pa.Array:
    return concatenated(texts, "Z") if array.type.tz else texts


def concatenated(*parts: str | pa.Array) -> pa.Array:
    """Texts and columns of texts of one type, one behind the other; null where one of them is."""
    text = next(part.type for part in parts if isinstance(part, pa.Array))
    typed = [pa.scalar(part, text) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*typed, pa.scalar("", text))


def with_point(texts: pa.Array) -> pa.Array:
    """Spelled numbers, `.0` behind those that have no point, no exponent and no name."""
    return pc.if_else(pc.match_substring_regex(texts, "[.a-zA-Z]"), texts, concatenated(texts, ".0"))


def respelled(
    texts: pa.Array, which: pa.Array, values: pa.Array, spell: Callable[[Any, str], str]
) -> pa.Array:
    """The texts, those of `which` made anew by `spell` from value and text; null is not chosen."""
    chosen = pc.fill_null(which, False)
    if not pc.any(chosen).as_py():
        return texts
    pairs = zip(values.filter(chosen).to_pylist(), texts.filter(chosen).to_pylist(), strict=True)
    return pc.replace_with_mask(texts, chosen, pa.array([spell(*pair) for pair in pairs], texts.type))


def utc_datetimes(array: pa.Array) -> list[datetime.datetime | None]:
    """The values of a timestamp column in UTC, without a zone, in microseconds."""
    values: list[datetime.datetime | None] = array.cast(pa.int64()).cast(pa.timestamp("us")).to_pylist()
    return values


def ended(lines: pa.Array, end: str = "\n") -> bytes:
    """The bytes of all lines, each with its end: the value buffer of the joined column, taken as it is."""
    whole = concatenated(lines.cast(pa.large_string()), end)
    _, offsets, values = whole.buffers()
    if values is None:
        return b""
    bounds = pa.Array.from_buffers(pa.int64(), len(whole) + 1, [None, offsets])
    first, last = bounds[whole.offset].as_py(), bounds[len(whole)].as_py()
    return bytes(memoryview(values)[first:last])
