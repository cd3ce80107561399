"""Rows of a cursor as Arrow batches, each value exactly or not at all."""

import datetime
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.databases.columns import Column
from placekeeper.databases.unfit import Unfit, Unheld, shown

BATCH_ROWS: Final = 65_536
"""How many rows a batch has at most."""

BATCH_BYTES: Final = 16 << 20
"""A batch ends with the row by which its values take so much memory, as Python keeps them."""

Convert = Callable[[Any], Any]
_REFUSALS: Final = (pa.ArrowInvalid, pa.ArrowTypeError, ValueError, ArithmeticError)
_NONE: Final = type(None)
_OWN: Final[tuple[tuple[Callable[[pa.DataType], bool], frozenset[type]], ...]] = (
    (pat.is_integer, frozenset({int, _NONE})),
    (pat.is_string, frozenset({str, _NONE})),
    (pat.is_binary, frozenset({bytes, _NONE})),
    (pat.is_date, frozenset({datetime.date, _NONE})),
    (pat.is_timestamp, frozenset({datetime.datetime, _NONE})),
)
"""Kinds of types, and what Python's values of them are, which Arrow takes as they are."""

_DAY = datetime.date(1970, 1, 1)


def batches(
    rows: Iterable[Sequence[Any]],
    schema: pa.Schema,
    columns: Sequence[Column],
    converts: Sequence[Convert | None],
) -> Iterator[pa.RecordBatch]:
    """The rows in batches of the schema; a column with a function has its values converted by it.

    Raises Unfit for a value that its type cannot hold.
    """
    for chunk in _chunks(iter(rows), schema):
        arrays = []
        for place, values in enumerate(zip(*chunk, strict=True)):
            try:
                arrays.append(_array(values, schema.types[place], converts[place]))
            except _REFUSALS as error:
                row, why = _first(values, schema.types[place], converts[place], error)
                found = {column.name: shown(value) for column, value in zip(columns, chunk[row], strict=True)}
                raise Unfit(columns[place], found, why) from None
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _chunks(rows: Iterator[Sequence[Any]], schema: pa.Schema) -> Iterator[list[Sequence[Any]]]:
    """The rows of each batch. Only texts, bytes and lists make rows so long that they have to be weighed."""
    if all(_is_short(field.type) for field in schema):
        while chunk := list(islice(rows, BATCH_ROWS)):
            yield chunk
        return
    chunk, size, weight = [], 0, sys.getsizeof
    for row in rows:
        chunk.append(row)
        size += sum(map(weight, row))
        if size >= BATCH_BYTES or len(chunk) == BATCH_ROWS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _is_short(data_type: pa.DataType) -> bool:
    return bool(pa.types.is_primitive(data_type))


def _array(values: Sequence[Any], data_type: pa.DataType, convert: Convert | None) -> pa.Array:
    if convert is not None:
        values = [None if value is None else convert(value) for value in values]
    if any(is_one(data_type) and not kinds.issuperset(map(type, values)) for is_one, kinds in _OWN):
        values = [_same(value, data_type) for value in values]
    return pa.array(values, data_type)


def _same(value: Any, data_type: pa.DataType) -> Any:
    """A value of another kind, if it is the same in the type. Arrow itself cuts fractions and times off."""
    if pat.is_integer(data_type) and isinstance(value, float | Decimal):
        whole = int(value)
        if whole != value:
            raise Unheld("no whole number")
        return whole
    if pat.is_binary(data_type) and isinstance(value, str):
        raise Unheld("a text and not bytes")
    if pat.is_string(data_type) and isinstance(value, bytes | bytearray | memoryview):
        raise Unheld("bytes and no text")
    if pat.is_date(data_type) and value is not None:
        if not isinstance(value, datetime.date):
            raise Unheld("no date of the calendar")
        if isinstance(value, datetime.datetime) and value.time() != datetime.time():
            raise Unheld("it has a time of day")
    if pat.is_timestamp(data_type) and value is not None and not isinstance(value, datetime.datetime):
        raise Unheld("no time of the calendar")
    return value


def _first(
    values: Sequence[Any], data_type: pa.DataType, convert: Convert | None, error: Exception
) -> tuple[int, Exception]:
    """The place of the first value that is refused, and why it is."""
    for place, value in enumerate(values):
        try:
            _array([value], data_type, convert)
        except _REFUSALS as found:
            return place, found
    return 0, error


def on_first_day(value: datetime.time) -> datetime.datetime:
    """A time of day as Spark's JDBC reader gives it: on 1970-01-01."""
    return datetime.datetime.combine(_DAY, value)
