"""What differs between products, beyond what SQLAlchemy's compilers know."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from placekeeper.databases.arrow_rows import Convert, batches
from placekeeper.databases.columns import Column, Relation
from placekeeper.databases.failures import Sign
from placekeeper.databases.key_values import key_value, python_value
from placekeeper.databases.reading import Reading
from placekeeper.model.databases import (
    DatabaseTable,
    KeyValue,
    ListedTable,
    Login,
    Moment,
    Part,
    Past,
    Rows,
    TableMark,
)
from placekeeper.model.errors import UnsupportedFeature


class Dialect(ABC):
    """One product. It keeps nothing between calls."""

    signs: tuple[Sign, ...] = ()
    compares_rows = True
    """Whether an index serves `(a, b) > (x, y)`."""
    rows_ahead = 1_000
    """How many rows are fetched at once, and are in memory beside a batch."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """The base exceptions of drivers that SQLAlchemy does not wrap."""
        return ()

    @abstractmethod
    def engine(self, login: Login) -> Engine:
        """An engine without a pool; nothing is connected yet."""

    @abstractmethod
    def begin(self, connection: Connection, *, asks: bool, snapshot: str | None) -> Moment:
        """Begin the one transaction, which only reads and sees one moment: that of a snapshot, if given.

        Where nobody `asks` for the moment, it tells the snapshot at most.
        """

    @abstractmethod
    def relation(self, connection: Connection, table: DatabaseTable) -> Relation | Sequence[DatabaseTable]:
        """The table, or where there is none of that name the tables beside it."""

    @abstractmethod
    def query_columns(self, connection: Connection, query: str) -> tuple[Column, ...]:
        """The columns of a user's query."""

    def listed(self, connection: Connection) -> list[ListedTable] | None:
        """All tables and views; None where SQLAlchemy's inspector tells them."""
        return None

    def next_number(self, connection: Connection, relation: Relation, column: str) -> int | None:
        """See ports.databases.DatabaseSession; the column is one of whole numbers."""
        return None

    def changed_since(self, xid: int) -> sa.ColumnElement[bool]:
        """Rows that a transaction of that id or a later one made. Only where relations have versions."""
        raise UnsupportedFeature("rows of this product do not tell which transaction made them")

    def table_mark(self, connection: Connection, relation: Relation) -> TableMark | None:
        """See ports.databases.DatabaseSession."""
        return None

    def past(
        self, connection: Connection, relation: Relation, column: str, was: TableMark, now: TableMark
    ) -> Past:
        """See ports.databases.DatabaseSession."""
        return "unknown"

    def bound(self, column: Column, value: KeyValue) -> sa.ColumnElement[Any]:
        """A key's value in a statement, of the column's own type."""
        return sa.bindparam(None, python_value(value), unique=True, type_=sa.types.NULLTYPE)

    def bound_int(self, column: Column, number: int) -> sa.ColumnElement[Any]:
        """A whole number in a statement, likewise."""
        return self.bound(column, KeyValue("int", str(number)))

    def selected(self, column: Column, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """How a column is read."""
        return expression

    def as_key(self, column: Column, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """How a key is read to become a value."""
        return expression

    def key_value(self, column: Column, value: Any) -> KeyValue:
        """A driver's value of a key."""
        return key_value(column.key_type or "text", value)

    def convert(self, column: Column) -> Convert | None:
        """What makes a driver's value one that Arrow takes; None for nothing."""
        return None

    def stream(
        self,
        connection: Connection,
        login: Login,
        reading: Reading,
    ) -> Iterator[pa.RecordBatch]:
        """The rows, one batch in memory at a time. Raises Unfit for a value that its type cannot hold."""
        for statement in reading.statements:
            yield from self.fetched(connection, reading, statement)

    def fetched(
        self, connection: Connection, reading: Reading, statement: sa.Select[Any]
    ) -> Iterator[pa.RecordBatch]:
        """The rows of one statement, by the driver's cursor."""
        converts = [self.convert(column) for column in reading.columns]
        options = {"yield_per": self.rows_ahead}
        with connection.execute(statement, execution_options=options) as result:
            yield from batches(result, reading.schema, reading.columns, converts)

    def parts(self, connection: Connection, relation: Relation, rows: Rows, wanted: int) -> Sequence[Part]:
        """See ports.databases.DatabaseSession."""
        return ()

    def hashed(self, column: Column, name: str) -> str:
        """A number of the values of a column, the same for equal ones, in SQL. `name` is quoted."""
        raise UnsupportedFeature(f"hashfield is not there for this product: give hashexpression for {name}")

    def remainder(self, number: str, parts: int) -> str:
        """What is left of a whole number after a division, without its sign, in SQL."""
        return f"ABS(MOD({number}, {parts}))"


def schema_of(columns: Sequence[Column], login: Login) -> pa.Schema:
    """The columns as Arrow's. Raises UnsupportedFeature for a type unknown here."""
    for column in columns:
        if column.arrow is None:
            raise UnsupportedFeature(
                f"{login.place}: column {column.name} has the type {column.sql_type}, which cannot be read. "
                "Read the table by a query that leaves it out or casts it to a text."
            )
    return pa.schema([pa.field(column.name, column.arrow) for column in columns])
