"""Rows of a cursor as Arrow batches, each value exactly or not at all."""

import datetime
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import pyarrow as pa

from placekeeper.databases.columns import Column
from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed

BATCH_ROWS: Final = 65_536
"""How many rows a batch has at most."""

BATCH_BYTES: Final = 16 << 20
"""A batch ends with the row by which its values take so much memory, as Python keeps them."""

Convert = Callable[[Any], Any]
_DAY = datetime.date(1970, 1, 1)


def batches(
    rows: Iterable[Sequence[Any]],
    schema: pa.Schema,
    columns: Sequence[Column],
    login: Login,
    converts: Sequence[Convert | None],
) -> Iterator[pa.RecordBatch]:
    """The rows in batches of the schema; a column with a function has its values converted by it.

    Raises DatabaseFailed for a value that its type cannot hold.
    """
    for chunk in _chunks(iter(rows), schema):
        arrays = []
        for values, field, column, convert in zip(
            zip(*chunk, strict=True), schema, columns, converts, strict=True
        ):
            arrays.append(_array(values, field, column, convert, login))
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


def _array(
    values: Sequence[Any], field: pa.Field, column: Column, convert: Convert | None, login: Login
) -> pa.Array:
    try:
        if convert is not None:
            values = [None if value is None else convert(value) for value in values]
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError, ArithmeticError) as error:
        raise unfit(login, column, field.type, str(error)) from None


def unfit(login: Login, column: Column, data_type: pa.DataType, reason: str) -> DatabaseFailed:
    """A value of a column does not fit its type."""
    return DatabaseFailed(
        f"{login.place}: column {column.name} ({column.sql_type}) has a value that {data_type} cannot hold: "
        f"{reason.rstrip('.')}. Read it by a query that casts or leaves out such values."
    )


def on_first_day(value: datetime.time) -> datetime.datetime:
    """A time of day as Spark's JDBC reader gives it: on 1970-01-01."""
    return datetime.datetime.combine(_DAY, value)
