"""The calendar of texts: dates and timestamps outside of the years 1 to 9999 are refused."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.runtime.formats.shared.text import unwritable
from placekeeper.runtime.types.nulls import unsliced

_FIRST_DAY: Final = int(np.datetime64("0001-01-01", "D").astype(np.int64))
_LAST_DAY: Final = int(np.datetime64("9999-12-31", "D").astype(np.int64))
_DAY_MICROS: Final = 86_400_000_000


def has_calendar(data_type: pa.DataType) -> bool:
    """True if values of a type are or hold dates or timestamps."""
    if pat.is_map(data_type):
        return has_calendar(data_type.key_type) or has_calendar(data_type.item_type)
    if pat.is_list(data_type):
        return has_calendar(data_type.value_type)
    if pat.is_struct(data_type):
        return any(has_calendar(field.type) for field in data_type.fields)
    return bool(pat.is_timestamp(data_type) or pat.is_date(data_type))


def refuse_beyond_calendar(array: pa.Array, column: str, first_row: int) -> None:
    """Raise ValueUnwritable for a date or timestamp, at any depth, before the year 1 or after 9999.

    Rows are counted from `first_row`. Dates are days, timestamps microseconds.
    """
    if not has_calendar(array.type):
        return
    for row in _first_beyond(array):
        raise unwritable(
            column,
            first_row + row,
            f"{_said(array.slice(row, 1))} cannot be written as text, which takes the years 0001 to 9999. "
            "Correct the value, make it null, or write Parquet.",
        )


def _first_beyond(array: pa.Array) -> list[int]:
    """The first row with such a value; none if all are well."""
    if not any(map(_is_beyond, _leaves(array))):
        return []
    if not pat.is_nested(array.type):
        return [int(np.flatnonzero(_beyond(array).to_numpy(zero_copy_only=False))[0])]
    return [next(row for row in range(len(array)) if any(map(_is_beyond, _leaves(array.slice(row, 1)))))]


def _leaves(array: pa.Array) -> list[pa.Array]:
    """The dates and timestamps within an array, without what lies below nulls."""
    if not has_calendar(array.type):
        return []
    if pat.is_struct(array.type):
        return [leaf for child in array.flatten() for leaf in _leaves(child)]
    if pat.is_map(array.type):
        whole = unsliced(array).drop_null()
        return [*_leaves(whole.keys), *_leaves(whole.items)]
    if pat.is_list(array.type):
        return _leaves(array.flatten())
    return [array]


def _is_beyond(leaf: pa.Array) -> bool:
    return bool(pc.any(_beyond(leaf)).as_py())


def _beyond(leaf: pa.Array) -> pa.Array:
    count = _count(leaf)
    unit = 1 if pat.is_date(leaf.type) else _DAY_MICROS
    outside = pc.or_(pc.less(count, _FIRST_DAY * unit), pc.greater_equal(count, (_LAST_DAY + 1) * unit))
    return pc.fill_null(outside, False)


def _count(leaf: pa.Array) -> pa.Array:
    return leaf.cast(pa.int32()).cast(pa.int64()) if pat.is_date(leaf.type) else leaf.cast(pa.int64())


def _said(row: pa.Array) -> str:
    """A value beyond the calendar as messages have it: with its year, which may have more digits."""
    leaf = next(leaf for leaf in _leaves(row) if _is_beyond(leaf))
    count = _count(leaf.filter(_beyond(leaf)))[0].as_py()
    if pat.is_date(leaf.type):
        return f"the date {np.datetime64(count, 'D')}"
    return f"the timestamp {np.datetime64(count, 'us')}"
