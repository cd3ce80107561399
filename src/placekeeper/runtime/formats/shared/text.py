"""Values as text, the same on every engine: as Spark prints them, and without loss where Spark would lose.

Spark's text formats cut timestamps to milliseconds; here microseconds are printed when there are any.
"""

import datetime
import decimal
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.model.errors import ValueUnwritable
from placekeeper.runtime.formats.shared.doubles import JAVA_PLAIN, java_doubles
from placekeeper.runtime.formats.shared.moments import iso_moments

_SCIENTIFIC_BELOW, _SCIENTIFIC_FROM = JAVA_PLAIN


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
        return java_doubles(array)
    if pat.is_timestamp(array.type):
        return iso_moments(array)
    if pat.is_integer(array.type) or pat.is_boolean(array.type) or pat.is_date(array.type):
        return array.cast(pa.string())
    if pat.is_decimal(array.type):
        texts = array.cast(pa.string())
        return respelled(texts, pc.match_substring(texts, "E"), array, lambda value, _: format(value, "f"))
    raise ValueError(f"column {name} has the type {array.type}, which has no text")


def concatenated(*parts: str | pa.Array, null: str | None = None) -> pa.Array:
    """Texts and columns of texts of one type, one behind the other.

    Where one of them is null, the result is null, unless `null` is what stands for it.
    """
    text = next(part.type for part in parts if isinstance(part, pa.Array))
    typed = [pa.scalar(part, text) if isinstance(part, str) else part for part in _together(parts)]
    handling = "emit_null" if null is None else "replace"
    return pc.binary_join_element_wise(
        *typed, pa.scalar("", text), null_handling=handling, null_replacement=null or ""
    )


def _together(parts: Iterable[str | pa.Array]) -> Iterator[str | pa.Array]:
    """The parts, those that are constants and neighbours as one, which goes if it is empty."""
    for are_constants, own in groupby(parts, lambda part: isinstance(part, str)):
        if are_constants:
            constant = "".join(map(str, own))
            if constant:
                yield constant
        else:
            yield from own


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


def ended(lines: pa.Array, end: str = "\n") -> memoryview:
    """The bytes of all lines, each with its end."""
    return text_bytes(concatenated(lines.cast(pa.large_string()), end))


def text_bytes(texts: pa.Array) -> memoryview:
    """The bytes of all texts of a large string column without nulls, one behind the other."""
    _, offsets, values = texts.buffers()
    if values is None:
        return memoryview(b"")
    bounds = pa.Array.from_buffers(pa.int64(), texts.offset + len(texts) + 1, [None, offsets])
    first, last = bounds[texts.offset].as_py(), bounds[texts.offset + len(texts)].as_py()
    return memoryview(values).cast("B")[first:last]
