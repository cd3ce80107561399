"""Rows of MySQL by ConnectorX, in slices: it reads ahead of a slow reader without a bound.

Numbers and texts come as they are. All else comes as a text that is cast here, exactly or not at all: what
ConnectorX makes of decimals and times is not always what the table has.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import connectorx
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy import Connection

from placekeeper.databases.columns import Column
from placekeeper.databases.failures import failed
from placekeeper.databases.mysql_types import EARLIER, FIRST_SHORT_YEAR, LATER, SHORT_YEAR, neither
from placekeeper.databases.reading import Reading
from placekeeper.databases.type_texts import TypeText
from placekeeper.databases.unfit import Unheld, cast_all
from placekeeper.model.databases import Login
from placekeeper.rules.decimal_texts import decimals

_SLICE_BYTES: Final = 48 << 20
_SLICE_ROWS: Final = (32, 200_000)
_BATCH_ROWS: Final = 50_000
_MICROSECONDS: Final = 1_000_000
_FIRST_DAY: Final = "1970-01-01"
_ZONE: Final = "SELECT IF(@@global.time_zone = 'SYSTEM', @@system_time_zone, @@global.time_zone)"
_UTC: Final = ("+00:00", "UTC", "Etc/UTC")
"""Zones that are UTC all the year; others may be so in winter alone."""

_ROW_BYTES: Final = """
SELECT avg_row_length FROM information_schema.tables
WHERE table_schema = COALESCE(NULLIF(:place, ''), DATABASE()) AND table_name = :name
"""
_AS_IS: Final = re.compile(
    r"(small|medium|big|tiny)?int|double|(var)?char|(var)?binary|(tiny|medium|long)?(text|blob)"
)


def slicing_key(connection: Connection, reading: Reading) -> Column | None:
    """The column by whose values a table is read in slices; None where ConnectorX cannot serve.

    It reads by connections of its own, in the server's zone: times are compared there only if that is UTC.
    """
    rows, relation = reading.rows, reading.relation
    if not reading.is_apart or rows.table is None or rows.nulls:
        return None
    names = rows.keys.columns if rows.keys is not None and (rows.ranges or rows.ids) else relation.primary_key
    columns = [relation.columns_by_name[name] for name in names]
    if not columns or columns[0].name not in relation.indexed or columns[0].key_type is None:
        return None
    if any(column.key_type == "timestamptz" for column in columns):
        return columns[0] if connection.exec_driver_sql(_ZONE).scalar() in _UTC else None
    return columns[0]


def sliced(
    url: str, login: Login, connection: Connection, reading: Reading, key: Column
) -> Iterator[pa.RecordBatch]:
    """The rows, in slices that follow the key.

    The transaction ends first: ConnectorX would wait for who waits to alter a table that it has looked at.
    """
    connection.exec_driver_sql("COMMIT")
    relation = reading.relation
    named = {"place": relation.table.schema, "name": relation.table.name}
    size = connection.execute(sa.text(_ROW_BYTES), named).scalar() or 1000
    count = min(max(_SLICE_BYTES // int(size), _SLICE_ROWS[0]), _SLICE_ROWS[1])
    for statement in reading.statements:
        for piece in _slices(connection, reading, statement, key, count):
            yield from _fetched(url, login, _literal(connection, piece), reading)


def _slices(
    connection: Connection, reading: Reading, statement: sa.Select[Any], key: Column, count: int
) -> Iterator[sa.Select[Any]]:
    (table,) = statement.get_final_froms()
    column, dialect = table.c[key.name], reading.dialect
    remaining = statement
    while True:
        value = dialect.as_key(key, column)
        ahead = remaining.with_only_columns(value, maintain_column_froms=True).order_by(column)
        end = connection.execute(ahead.offset(count - 1).limit(1)).scalar()
        if end is None:
            yield remaining.with_only_columns(*_as_sent(reading.columns, table), maintain_column_froms=True)
            return
        bound = dialect.bound(key, dialect.key_value(key, end))
        piece = remaining.where(column <= bound)
        yield piece.with_only_columns(*_as_sent(reading.columns, table), maintain_column_froms=True)
        remaining = statement.where(column > bound)


def _as_sent(columns: Sequence[Column], table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [_sent(column, table.c[column.name]).label(f"c{place}") for place, column in enumerate(columns)]


def _sent(column: Column, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """How a column is asked for, so that nothing is lost on the way."""
    base = TypeText.of(column.sql_type).base.removesuffix(" zerofill").removesuffix(" unsigned")
    if base in ("float", "float unsigned"):
        return sa.cast(value, sa.Double())
    if base in ("bit", "year"):
        return sa.cast(value, sa.BigInteger())
    if base == "timestamp":
        return sa.cast(sa.func.unix_timestamp(value), sa.CHAR())
    return value if _AS_IS.fullmatch(base) else sa.cast(value, sa.CHAR())


def _literal(connection: Connection, statement: sa.Select[Any]) -> str:
    """The statement with its parameters in it, by the driver's own quoting: ConnectorX takes none."""
    compiled = statement.compile(dialect=connection.dialect)
    driver: Any = connection.connection.driver_connection
    made: str = driver.cursor().mogrify(str(compiled), compiled.params)
    return made


def _fetched(url: str, login: Login, statement: str, reading: Reading) -> Iterator[pa.RecordBatch]:
    try:
        reader = connectorx.read_sql(url, statement, return_type="arrow_stream", batch_size=_BATCH_ROWS)
        remaining = iter(reader)
    except RuntimeError as error:
        raise failed(login, str(error)) from None
    while True:
        try:
            batch = next(remaining, None)
        except RuntimeError as error:
            raise failed(login, str(error)) from None
        if batch is None:
            return
        yield _fitted(batch, reading)


def _fitted(batch: pa.RecordBatch, reading: Reading) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(cast_all(batch, reading.columns, _exact), schema=reading.schema)


def _exact(array: pa.Array, column: Column) -> pa.Array:
    """The values in the column's type. Raises ArrowInvalid for one that it cannot hold."""
    wanted, text = column.arrow, TypeText.of(column.sql_type)
    if text.base == "timestamp":
        return _instants(array).cast(wanted)
    if text.base == "year":
        return _first_days(array, is_short=text.precision == SHORT_YEAR).cast(wanted)
    if text.base == "bit" and pc.any(pc.less(array.cast(pa.int64()), 0)).as_py():
        raise Unheld("a number of 64 bits, told with a sign", is_all=True)
    if pa.types.is_boolean(wanted):
        return _truths(array.cast(pa.int64()), column)
    if pa.types.is_decimal(wanted) and pa.types.is_string(array.type):
        return decimals(array, wanted)
    if text.base == "time":
        array = pc.binary_join_element_wise(_FIRST_DAY, array, " ")
    if pa.types.is_timestamp(wanted):
        return array.cast(pa.timestamp("us")).view(wanted)
    return array.cast(wanted)


def _truths(numbers: pa.Array, column: Column) -> pa.Array:
    if column.is_truth:
        return pc.or_(pc.greater(numbers, 0), pc.equal(numbers, -1))
    if pc.any(pc.not_equal(pc.bit_wise_and(numbers, 1), numbers)).as_py():
        raise neither()
    return pc.equal(numbers, 1)


def _instants(texts: pa.Array) -> pa.Array:
    """Seconds since 1970 as microseconds; zero is what the server makes of no date at all."""
    seconds = texts.cast(pa.decimal128(18, 6))
    if pc.any(pc.equal(seconds, pa.scalar(0, seconds.type))).as_py():
        raise Unheld("0000-00-00 is no date", is_all=True)
    micros = pc.multiply(seconds, pa.scalar(_MICROSECONDS, pa.decimal128(7, 0)))
    return micros.cast(pa.int64()).cast(pa.timestamp("us", tz="UTC"))


def _first_days(years: pa.Array, *, is_short: bool) -> pa.Array:
    numbers = years.cast(pa.int64())
    if is_short:
        centuries = pc.if_else(pc.less(numbers, FIRST_SHORT_YEAR), LATER, EARLIER)
        numbers = pc.add(numbers, centuries)
    elif pc.any(pc.equal(numbers, 0)).as_py():
        raise Unheld("the year 0000 is no date")
    return pc.binary_join_element_wise(numbers.cast(pa.string()), "01", "01", "-")
