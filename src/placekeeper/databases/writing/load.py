"""Loading rows into a staging table: COPY on PostgreSQL, statements of many rows elsewhere.

Each attempt of a task tags its rows with a number of its own, in one transaction.
"""

import io
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.types as pat
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from placekeeper.databases.writing.calendar import has_other_years, postgres_texts
from placekeeper.databases.writing.connections import engine_of
from placekeeper.databases.writing.errors import may_pass, reason, told
from placekeeper.databases.writing.fit import Fit, fitted, untaken, unwritable
from placekeeper.databases.writing.products import family
from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.ports.databases import Loaded
from placekeeper.rules.databases.staging_names import ATTEMPT

_STAGED: Final = re.compile(r" for column `[^`]*`\.`[^`]*`\.`.*` at row \d+$")
"""What MySQL says of the staging table, which users do not know."""

_CSV: Final = pa.csv.WriteOptions(include_header=False, quoting_style="needed")


class TableLoader(Struct, frozen=True, kw_only=True):
    """Implements ports.databases.RowLoader."""

    login: Login
    staging: DatabaseTable
    fits: tuple[Fit, ...]
    rows_at_once: int

    def load(self, batches: Iterable[pa.RecordBatch]) -> Loaded:
        """See ports.databases.RowLoader."""
        attempt = secrets.randbits(63)
        put = _copied if family(self.login.product) == "postgresql" else _inserted
        rows = 0
        with self._waiting(batches) as waiting:
            first = next(waiting, None)
            if first is None:
                return Loaded(attempt, 0)
            engine = engine_of(self.login)
            with told(self.login, f"writing to {self.staging.full}"), engine.begin() as connection:
                for batch in _chain(first, waiting):
                    fit = fitted(batch, self.fits, rows)
                    try:
                        put(connection, self, fit, attempt)
                    except SQLAlchemyError as error:
                        if may_pass(error):
                            raise
                        raise self._refused(fit, rows, error, put) from error
                    rows += batch.num_rows
        return Loaded(attempt, rows)

    @contextmanager
    def _waiting(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Iterator[pa.RecordBatch]]:
        """The rows as they come; for SQLite once all are there, since a writer locks out the others."""
        if family(self.login.product) != "sqlite":
            yield iter(batches)
            return
        with tempfile.TemporaryFile(prefix="placekeeper-rows-") as file:
            schema = None
            for batch in batches:
                if schema is None:
                    schema = batch.schema
                    writer = pa.ipc.new_stream(file, schema)
                writer.write_batch(batch)
            if schema is None:
                yield iter(())
                return
            writer.close()
            file.seek(0)
            yield iter(pa.ipc.open_stream(file))

    def _refused(self, batch: pa.RecordBatch, rows: int, error: SQLAlchemyError, put: "_Put") -> Exception:
        """What to raise for rows that the database refuses: the first row of them is found by trying."""
        begin, end, why = 0, batch.num_rows, error
        while end - begin > 1:
            middle = (begin + end) // 2
            refused = self._try(batch.slice(begin, middle - begin), put)
            if refused is None:
                begin = middle
            else:
                end, why = middle, refused
        row = batch.slice(begin, 1)
        said = reason(self._try(row, put) or why)
        place = self._refused_column(row, put)
        if place is None:
            return unwritable(batch, begin, rows, f"the database says: {said}")
        fit, said = self.fits[place], _STAGED.sub("", said)
        return untaken(batch, begin, rows, place, fit, f"the database says: {said}")

    def _refused_column(self, row: pa.RecordBatch, put: "_Put") -> int | None:
        """The column without whose value the database takes the row; None if it is not one alone."""
        for place, column in enumerate(row.columns):
            others = [*row.columns[:place], pa.nulls(1, column.type), *row.columns[place + 1 :]]
            if self._try(pa.RecordBatch.from_arrays(others, row.schema.names), put) is None:
                return place
        return None

    def _try(self, batch: pa.RecordBatch, put: "_Put") -> SQLAlchemyError | None:
        """What the database says to rows, in a transaction that is undone."""
        with engine_of(self.login).connect() as connection:
            transaction = connection.begin()
            try:
                put(connection, self, batch, 0)
            except SQLAlchemyError as error:
                if may_pass(error):
                    raise
                return error
            finally:
                transaction.rollback()
        return None


_Put = Callable[[sa.Connection, TableLoader, pa.RecordBatch, int], None]


def _chain(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def _copied(connection: sa.Connection, loader: TableLoader, batch: pa.RecordBatch, attempt: int) -> None:
    """COPY, as CSV: the types are those of the table, and text is exact for all of them."""
    quote = connection.dialect.identifier_preparer
    names = ", ".join(quote.quote(fit.name) for fit in loader.fits)
    table = qualified(connection, loader.staging)
    statement = f"COPY {table} ({f'{names}, ' if names else ''}{ATTEMPT}) FROM STDIN WITH (FORMAT csv)"
    statement = statement.replace("%%", "%")  # doubled for statements with parameters, which this is not
    tagged = [_csv_column(column) for column in batch.columns]
    tagged.append(pa.repeat(pa.scalar(attempt, pa.int64()), batch.num_rows))
    rows = pa.RecordBatch.from_arrays(tagged, [f"c{n}" for n in range(len(tagged))])
    text = io.BytesIO()
    pa.csv.write_csv(rows, text, _CSV)
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - it is connected
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(text.getbuffer())
    except driver_error(connection) as error:
        raise sa.exc.DBAPIError.instance(
            statement, None, error, driver_error(connection), dialect=connection.dialect
        ) from error


def driver_error(connection: sa.Connection) -> Any:
    """The class of all errors of the driver."""
    return connection.dialect.loaded_dbapi.Error


def _csv_column(column: pa.Array) -> pa.Array:
    if pat.is_binary(column.type):
        return pa.array(
            [None if one is None else "\\x" + one.hex() for one in column.to_pylist()], pa.string()
        )
    if has_other_years(column):
        return postgres_texts(column)
    if pat.is_time(column.type) or pat.is_decimal(column.type):
        return pc.cast(column, pa.string())
    return column


def _inserted(connection: sa.Connection, loader: TableLoader, batch: pa.RecordBatch, attempt: int) -> None:
    """INSERT with many rows in a statement, which drivers make of several."""
    staging = loader.staging
    names = [*(fit.name for fit in loader.fits), ATTEMPT]
    table = sa.table(staging.name, *(sa.column(name) for name in names), schema=staging.schema or None)
    keys = [f"p{n}" for n in range(len(names))]
    insert = sa.insert(table).values({name: sa.bindparam(key) for name, key in zip(names, keys, strict=True)})
    plain = _plain_values(family(loader.login.product))
    for begin in range(0, batch.num_rows, loader.rows_at_once):
        part = batch.slice(begin, loader.rows_at_once)
        columns = [plain(column) for column in part.columns]
        rows = [
            dict(zip(keys, (*values, attempt), strict=True))
            for values in (zip(*columns, strict=True) if columns else [()] * part.num_rows)
        ]
        connection.execute(insert, rows)


def _plain_values(product: str) -> Callable[[pa.Array], list[Any]]:
    return _sqlite_values if product == "sqlite" else _values


def _values(column: pa.Array) -> list[Any]:
    if pat.is_timestamp(column.type) and column.type.tz:
        column = pc.cast(column, pa.timestamp(column.type.unit))
    return list(column.to_pylist())


def _sqlite_values(column: pa.Array) -> list[Any]:
    """Numbers as they are, the rest as SQLite's own functions write it."""
    if pat.is_timestamp(column.type):
        wall = pc.cast(column, pa.timestamp("us"))
        return [None if one is None else _written(one) for one in wall.to_pylist()]
    if pat.is_decimal(column.type) or pat.is_temporal(column.type):
        return [None if one is None else _as_text(one) for one in column.to_pylist()]
    return list(column.to_pylist())


def _written(moment: datetime) -> str:
    return moment.isoformat(" ", "microseconds")


def _as_text(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else value.isoformat()


def qualified(connection: sa.Connection, table: DatabaseTable) -> str:
    """A table's name with its schema, quoted where it must be."""
    quote = connection.dialect.identifier_preparer
    name = quote.quote(table.name)
    return f"{quote.quote(table.schema)}.{name}" if table.schema else name


def quoted(connection: sa.Connection, names: Sequence[str]) -> list[str]:
    """Names of columns, quoted where they must be."""
    quote = connection.dialect.identifier_preparer
    return [quote.quote(name) for name in names]
