"""Rows of PostgreSQL by COPY in binary, decoded by ADBC, with the values that it does not decode mended."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Any, Final

import adbc_driver_postgresql
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_postgresql import dbapi

from placekeeper.databases.columns import Column
from placekeeper.databases.failures import failed
from placekeeper.databases.postgresql_moment import BEGIN, IN_UTC, joining
from placekeeper.databases.postgresql_types import is_list
from placekeeper.databases.reading import Reading
from placekeeper.databases.unfit import Unfit, Unheld, cast_all, row_of
from placekeeper.model.databases import Login
from placekeeper.rules.decimal_texts import decimals

_BATCH_BYTES: Final = str(8 << 20)
_DAY: Final = 86_400_000_000
_OLDEST_DAY: Final = -2_500_000
_OLDEST_MICROSECOND: Final = _OLDEST_DAY * _DAY
"""Before the year 4713 BC, with which PostgreSQL's dates begin; infinities are decoded as days before it."""


def copied(conninfo: str, login: Login, sent: Sequence[str], reading: Reading) -> Iterator[pa.RecordBatch]:
    """The rows of statements, on a connection of its own, which joins the snapshot if there is one.

    A stream that comes to its end leaves the connection to the next one, in its transaction.
    """
    connection = reading.idle.pop() if reading.idle else _joined(conninfo, reading.moment.snapshot)
    is_done = False
    try:
        yield from _copied(connection, login, sent, reading)
        is_done = True
    finally:
        if is_done:
            reading.idle.append(connection)
        else:
            connection.close()


def _joined(conninfo: str, snapshot: str | None) -> dbapi.Connection:
    """A connection whose transaction has begun."""
    connection = dbapi.connect(conninfo, autocommit=True)
    with ExitStack() as stack:
        stack.callback(connection.close)
        with closing(connection.cursor()) as cursor:
            cursor.execute(BEGIN)
            cursor.execute(IN_UTC)
            if snapshot:
                cursor.execute(joining(snapshot))
        stack.pop_all()
    return connection


def _copied(
    connection: dbapi.Connection, login: Login, sent: Sequence[str], reading: Reading
) -> Iterator[pa.RecordBatch]:
    with closing(connection.cursor()) as cursor:
        cursor.adbc_statement.set_options(
            **{adbc_driver_postgresql.StatementOptions.BATCH_SIZE_HINT_BYTES.value: _BATCH_BYTES}
        )
        for statement in sent:
            cursor.execute(statement)
            with cursor.fetch_record_batch() as reader:
                for batch in _answered(reader, login):
                    yield _fitted(batch, reading)


def _answered(reader: pa.RecordBatchReader, login: Login) -> Iterator[pa.RecordBatch]:
    """The batches; Arrow knows no error of the database, only OSError and ArrowInvalid with its text."""
    batches = iter(reader)
    while True:
        try:
            batch = next(batches, None)
        except (OSError, pa.ArrowInvalid) as error:
            raise failed(login, str(error), is_broken="closed" in str(error)) from None
        if batch is None:
            return
        yield batch


def _fitted(batch: pa.RecordBatch, reading: Reading) -> pa.RecordBatch:
    columns = reading.columns
    flags = batch.columns[len(columns) :]
    for column, dimensions in zip(filter(is_list, columns), flags, strict=True):
        if pc.max(dimensions).as_py():
            row = pc.index(pc.is_valid(dimensions), True).as_py()
            found = row_of(batch, columns, row)
            raise Unfit(column, found, _nested(column, dimensions[row].as_py()))
    return pa.RecordBatch.from_arrays(
        cast_all(batch, columns, lambda array, column: _exact(array, column.arrow)), schema=reading.schema
    )


def _nested(column: Column, dimensions: int) -> Unheld:
    return Unheld(
        f"an array of {dimensions} dimensions",
        is_all=True,
        advice=f"A query keeps it as a text: SELECT to_json({column.name}) …, or CAST({column.name} AS text)",
    )


def _exact(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    """The values in the type that is wanted. Raises ArrowInvalid for one that it cannot hold."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    found = array.type
    if pa.types.is_list(found) and pa.types.is_date(found.value_type):
        _refuse_infinity(array.flatten().view(pa.int32()), _OLDEST_DAY)
    elif pa.types.is_time(found):
        _refuse_midnight(array.view(pa.int64()))
    elif pa.types.is_date(found):
        _refuse_infinity(array.view(pa.int32()), _OLDEST_DAY)
    elif pa.types.is_timestamp(found):
        _refuse_infinity(array.view(pa.int64()), _OLDEST_MICROSECOND)
    if found == wanted:
        return array
    if pa.types.is_decimal(wanted) or (pa.types.is_list(wanted) and pa.types.is_decimal(wanted.value_type)):
        return decimals(array, wanted)
    if pa.types.is_timestamp(found) or pa.types.is_time(found):
        return array.view(pa.int64()).view(wanted)
    if pa.types.is_boolean(wanted):  # bit(1): its length and a byte whose highest bit it is
        return pc.equal(array, b"\0\0\0\1\x80")
    return array.cast(wanted)


def _refuse_midnight(numbers: Any) -> None:
    if (pc.max(numbers).as_py() or 0) >= _DAY:
        raise Unheld("24:00 is no time of a day", is_all=True)


def _refuse_infinity(numbers: Any, oldest: int) -> None:
    lowest = pc.min(numbers).as_py()
    if lowest is not None and lowest < oldest:
        what = "infinity" if oldest == _OLDEST_DAY else "infinity, or a time after the year 294246,"
        raise Unheld(f"{what} is no point in time", is_all=True)
