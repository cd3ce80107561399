"""A value that the type of its column cannot hold: which one, in which row, and what to do about it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from placekeeper.databases.columns import Column, Relation
from placekeeper.model.databases import Login, Rows
from placekeeper.model.errors import DatabaseFailed

_LONGEST: Final = 60
_COLUMNS_SHOWN: Final = 4
_ADVICE: Final = "Read it by a query that casts or leaves out such values"
REFUSALS: Final = (pa.ArrowInvalid, pa.ArrowNotImplementedError)
"""What Arrow raises for values that it does not cast."""


class Unheld(pa.ArrowInvalid):  # type: ignore[misc]  # pyarrow has no types
    """Why a value is refused, for people; `advice` is what to do, where that is not the usual.

    `is_all` says that the value is not shown beside it, because the driver does not tell it as it is.
    """

    def __init__(self, why: str, *, advice: str = "", is_all: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.advice = advice
        self.is_all = is_all


class Unfit(Exception):
    """A value of a column does not fit its type. `row` has the values of its row by names of columns."""

    def __init__(self, column: Column, row: Mapping[str, str], error: Exception) -> None:
        super().__init__(column.name)
        self.column = column
        self.row = row
        self._own = error if isinstance(error, Unheld) else None

    def told(self, login: Login, keys: Sequence[str]) -> DatabaseFailed:
        """What the user is told: the row is named by its keys, or else by its first columns."""
        column, own = self.column, self._own
        others = [name for name in self.row if name != column.name][:_COLUMNS_SHOWN]
        named = [name for name in keys if name in self.row] or others
        where = ", ".join(f"{name}={self.row[name]}" for name in named)
        value = "" if own is not None and own.is_all else self.row.get(column.name, "")
        said = ", ".join(part for part in (value, "" if own is None else own.why) if part)
        return DatabaseFailed(
            f"{login.place}: column {column.name} ({column.sql_type}) has a value that {column.arrow} cannot "
            f"hold: {said or 'it is out of range'}{f' (row {where})' if where else ''}. "
            f"{(own.advice if own is not None else '') or _ADVICE}.",
            column=column.name,
        )


def naming_keys(relation: Relation, rows: Rows) -> tuple[str, ...]:
    """The columns by which people find a row: the primary key, a unique one, or those of the bookmark."""
    if relation.primary_key:
        return relation.primary_key
    if relation.unique:
        return relation.unique[0]
    return () if rows.keys is None else rows.keys.columns


def cast_all(
    batch: pa.RecordBatch, columns: Sequence[Column], cast: Callable[[pa.Array, Column], pa.Array]
) -> list[pa.Array]:
    """Columns as a driver gives them, cast to their types. Raises Unfit for the first value refused."""
    arrays = []
    for place, column in enumerate(columns):
        array = batch.column(place)
        try:
            arrays.append(cast(array, column))
        except REFUSALS as error:
            row, why = _first(array, column, cast, error)
            raise Unfit(column, row_of(batch, columns, row), why) from None
    return arrays


def _first(
    array: pa.Array, column: Column, cast: Callable[[pa.Array, Column], pa.Array], error: Exception
) -> tuple[int, Exception]:
    """The place of the first value that is refused, and why it is."""
    begin, end = 0, len(array)
    while end - begin > 1:
        middle = (begin + end) // 2
        try:
            cast(array.slice(begin, middle - begin), column)
        except REFUSALS as found:
            end, error = middle, found
        else:
            begin = middle
    try:
        cast(array.slice(begin, 1), column)
    except REFUSALS as found:
        error = found
    return begin, error


def row_of(batch: pa.RecordBatch, columns: Sequence[Column], row: int) -> dict[str, str]:
    """The values of a row, for people."""
    pairs = zip(columns, batch.columns, strict=False)
    return {column.name: _scalar(array, row) for column, array in pairs}


def shown(value: Any) -> str:
    """A value, for people."""
    if value is None:
        text = "null"
    elif isinstance(value, bytes | bytearray | memoryview):
        text = f"0x{bytes(value[:_LONGEST]).hex()}"
    elif isinstance(value, timedelta):
        text = _clock(value)
    else:
        text = str(value) if isinstance(value, int | float | Decimal) else repr(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _clock(value: timedelta) -> str:
    """Hours and minutes as MySQL spells them, also more than those of a day."""
    length = abs(value)
    minutes, seconds = divmod(length.days * 86_400 + length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{length.microseconds:06}" if length.microseconds else ""
    return f"{'-' if value < timedelta(0) else ''}{hours:02}:{minutes:02}:{seconds:02}{fraction}"


def _scalar(array: pa.Array, row: int) -> str:
    try:
        return shown(array[row].as_py())
    except (OverflowError, ValueError):  # a time that Python does not have
        return ""
