"""Exact values: a value of a file keeps its value in the type of a frame, or it is refused.

Arrow alone would let some of them change: it wraps decimals, cuts nanoseconds off, and holds years that
neither Python nor Glue's records can.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.runtime.types.layouts import is_list
from placekeeper.runtime.types.nested import elements
from placekeeper.runtime.types.table import TIMESTAMP

_DAYS: Final = (-719_162, 2_932_896)  # 0001-01-01 and 9999-12-31, from 1970-01-01
_PER_SECOND: Final = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}
_DAY_SECONDS: Final = 86_400
_CALENDAR: Final = "the years 1 to 9999, which are all that Python's dates have"


class ValueRefused(ValueError):
    """A value that the type in a frame cannot hold as it is."""


def moments(array: pa.Array, *, cut_nanoseconds: bool = False) -> pa.Array:
    """Timestamps of any unit and zone as TIMESTAMP; what has no zone is in UTC.

    Raises ValueRefused for years outside 1 to 9999, and for nanoseconds that would be lost, unless they may
    be cut off: down to the microsecond before.
    """
    unit = array.type.unit
    numbers = array.view(pa.int64())
    if unit == "us":
        return numbers.view(TIMESTAMP)
    if unit == "ns":
        return _without_nanoseconds(numbers, cut=cut_nanoseconds).view(TIMESTAMP)
    check_moments(numbers, unit)  # beyond them, the product below could wrap
    factor = _PER_SECOND["us"] // _PER_SECOND[unit]
    return pc.multiply(numbers, pa.scalar(factor, pa.int64())).view(TIMESTAMP)


def _without_nanoseconds(numbers: pa.Array, *, cut: bool) -> pa.Array:
    try:
        return numbers.view(pa.timestamp("ns")).cast(pa.timestamp("us"))
    except pa.ArrowInvalid:  # some have nanoseconds
        micros = pc.divide(numbers, 1000)  # towards zero
        left = pc.subtract(numbers, pc.multiply(micros, 1000))
    if not cut:
        number = numbers.filter(pc.not_equal(left, 0))[0].as_py()
        seconds, nanoseconds = divmod(number, _PER_SECOND["ns"])
        raise ValueRefused(
            nanoseconds_lost(f"{datetime(1970, 1, 1) + timedelta(seconds=seconds)}.{nanoseconds:09}")
        )
    return pc.subtract(micros, pc.less(left, 0).cast(pa.int64()))


def check_values(array: pa.Array) -> None:
    """Raise ValueRefused if a date or timestamp, at any depth, is outside the years 1 to 9999; ArrowInvalid
    for a text that is no UTF-8."""
    for leaf in leaves(array):
        data_type = leaf.type
        if pat.is_string(data_type):
            if not _is_ascii(leaf):
                leaf.validate(full=True)
        elif pat.is_timestamp(data_type):
            check_moments(leaf.view(pa.int64()), data_type.unit)
        elif pat.is_date(data_type):
            _check_days(leaf.view(pa.int32()))


def _is_ascii(texts: pa.Array) -> bool:
    """Whether all bytes of the texts are ASCII: six times as fast as a look at each text."""
    data = texts.buffers()[2]
    if data is None:
        return True
    signed = pa.Array.from_buffers(pa.int8(), data.size, [None, data])
    least = pc.min_max(signed)["min"].as_py()
    return least is None or least >= 0


def check_moments(numbers: pa.Array, unit: str) -> None:
    """Raise ValueRefused if one of the numbers of this unit since 1970 is outside the years 1 to 9999."""
    least = _DAYS[0] * _DAY_SECONDS * _PER_SECOND[unit]
    most = (_DAYS[1] + 1) * _DAY_SECONDS * _PER_SECOND[unit] - 1
    value = _outside(numbers, least, most)
    if value is not None:
        raise ValueRefused(f"the timestamp {value} {unit} from 1970-01-01 is outside {_CALENDAR}")


def needs_check(data_type: pa.DataType) -> bool:
    """Whether `check_values` has anything to look at in arrays of this canonical type."""
    if pat.is_nested(data_type):
        return any(needs_check(data_type.field(index).type) for index in range(data_type.num_fields))
    return bool(pat.is_string(data_type) or pat.is_temporal(data_type))


def leaves(array: pa.Array) -> Iterator[pa.Array]:
    """The arrays of single values inside an array of structs, lists and maps, in the order of its type."""
    data_type = array.type
    if pat.is_struct(data_type):
        for index in range(data_type.num_fields):
            yield from leaves(array.field(index))
    elif pat.is_map(data_type):
        _, (keys, items) = elements(array)
        yield from leaves(keys)
        yield from leaves(items)
    elif is_list(data_type):
        yield from leaves(array.flatten())
    else:
        yield array


def _check_days(numbers: pa.Array) -> None:
    value = _outside(numbers, *_DAYS)
    if value is not None:
        raise ValueRefused(f"the date {value} days from 1970-01-01 is outside {_CALENDAR}")


def _outside(numbers: pa.Array, least: int, most: int) -> int | None:
    bounds = pc.min_max(numbers).as_py()
    if bounds["min"] is None or (least <= bounds["min"] and bounds["max"] <= most):
        return None
    value: int = bounds["min"] if bounds["min"] < least else bounds["max"]
    return value


def nanoseconds_lost(moment: str) -> str:
    """Why a timestamp with nanoseconds is refused, and what to do."""
    return (
        f"{moment} has nanoseconds, and timestamps hold microseconds. With the format option "
        '"nanoseconds": "cut" they are cut off.'
    )


def uuid_texts(array: pa.Array) -> pa.Array:
    """UUIDs of 16 bytes as text: 8, 4, 4, 4 and 12 digits, in lower case."""
    size = len(array)
    if size == 0:
        return pa.array([], pa.string())
    data = array.buffers()[1]
    first = array.offset * 16
    digits = pa.py_buffer(data[first : first + size * 16].to_pybytes().hex().encode())
    texts = pa.Array.from_buffers(pa.binary(32), size, [None, digits]).cast(pa.binary()).cast(pa.string())
    parts = [
        pc.utf8_slice_codeunits(texts, start, stop)
        for start, stop in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
    ]
    joined = pc.binary_join_element_wise(*parts, "-")
    return pc.if_else(array.is_valid(), joined, pa.scalar(None, pa.string()))
