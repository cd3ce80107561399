"""Columns of timestamps as texts of one length, each made of parts that tables have ready.

A text is a day, a time of day and a fraction of a second. Days are spelled once each, times of day once for
all columns.
"""

from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from placekeeper.runtime.formats.shared.text_buffers import bitmap_of, text_array, values_of

_DAY_S: Final = 86_400
_MICROS: Final = 1_000_000
_FRACTIONS: Final = 1000
_FIRST_DAY: Final = int(np.datetime64("0001-01-01", "D").astype(np.int64))
_LAST_DAY: Final = int(np.datetime64("9999-12-31", "D").astype(np.int64))
_DAY_BYTES: Final = len("2020-01-01")


def iso_moments(array: pa.Array) -> pa.Array:
    """Microseconds since 1970 as `2020-01-01T12:00:00.000`, and `Z` where the column has a zone.

    There are six digits where three do not say all. Null stays null. Years are those from 1 to 9999: others
    are refused before (calendar.py), or lie below null, where any text will do.
    """
    micros = _micros(array)
    are_long = micros - np.floor_divide(micros, _FRACTIONS) * _FRACTIONS != 0
    zone, bitmap = _zone(array), bitmap_of(array)
    if not are_long.any():
        return _texts(micros, zone, bitmap, digits=3)
    texts = _texts(micros, zone, bitmap, digits=6)
    are_short = pa.array(~are_long)
    short = array.filter(are_short)
    return pc.replace_with_mask(texts, are_short, millis_moments(short)) if len(short) else texts


def millis_moments(array: pa.Array) -> pa.Array:
    """The same with three digits behind the second, whatever comes behind these."""
    return _texts(_micros(array), _zone(array), bitmap_of(array), digits=3)


def _micros(array: pa.Array) -> NDArray[np.int64]:
    return values_of(array.cast(pa.int64())).astype(np.int64, copy=False)


def _zone(array: pa.Array) -> bytes:
    return b"Z" if array.type.tz else b""


def _texts(micros: NDArray[np.int64], zone: bytes, bitmap: pa.Buffer | None, *, digits: int) -> pa.Array:
    seconds = np.floor_divide(micros, _MICROS)
    rest = micros - seconds * _MICROS
    days = np.floor_divide(seconds, _DAY_S)
    millis = np.floor_divide(rest, _FRACTIONS)
    parts = [_days(days), np.take(_times(), seconds - days * _DAY_S)]
    if digits == 3:
        parts.append(_fractions(zone, millis))
    else:
        parts += [_fractions(b"", millis), _fractions(zone, rest - millis * _FRACTIONS)]
    return _joined(parts, bitmap)


def _days(days: NDArray[np.int64]) -> NDArray[np.void]:
    """Days since 1970 as texts."""
    if not len(days):
        return np.empty(0, f"V{_DAY_BYTES}")
    days = np.clip(days, _FIRST_DAY, _LAST_DAY)
    first, last = int(days.min()), int(days.max())
    if last - first >= len(days):
        return _spelled_days(days)
    return np.take(_spelled_days(np.arange(first, last + 1)), days - first)


def _spelled_days(days: NDArray[np.int64]) -> NDArray[np.void]:
    texts = pa.array(days.astype(np.int32), pa.date32()).cast(pa.string())
    return np.frombuffer(texts.buffers()[2], f"V{_DAY_BYTES}", len(days))


@cache
def _times() -> NDArray[np.void]:
    """The text of each second of a day, with the `T` before it and the point behind it."""
    texts = b"".join(
        b"T%02d:%02d:%02d." % (hour, minute, second)
        for hour in range(24)
        for minute in range(60)
        for second in range(60)
    )
    return np.frombuffer(texts, f"V{len('T12:00:00.')}")


def _fractions(behind: bytes, numbers: NDArray[np.int64]) -> NDArray[np.void]:
    """Numbers below a thousand with three digits, and with what is behind them."""
    table = _thousand(behind)
    return np.take(table, numbers) if numbers.any() else np.broadcast_to(table[0], len(numbers))


@cache
def _thousand(behind: bytes) -> NDArray[np.void]:
    return np.frombuffer(
        b"".join(b"%03d%b" % (number, behind) for number in range(1000)), f"V{3 + len(behind)}"
    )


def _joined(parts: list[NDArray[np.void]], bitmap: pa.Buffer | None) -> pa.Array:
    """The texts of parts that stand side by side."""
    whole = np.empty(len(parts[0]), [(str(place), part.dtype) for place, part in enumerate(parts)])
    for place, part in enumerate(parts):
        whole[str(place)] = part
    return text_array(whole, np.arange(len(whole) + 1) * whole.itemsize, bitmap)
