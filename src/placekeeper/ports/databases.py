"""Databases that scripts read and write: one port, whatever the product."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import pyarrow as pa
from msgspec import Struct

from placekeeper.model.databases import (
    BookmarkKeys,
    DatabaseTable,
    IdRange,
    Key,
    KeyRange,
    ListedTable,
    Login,
    Moment,
    Part,
    Partitioning,
    Past,
    Rows,
    TableMark,
    TableShape,
)
from placekeeper.model.publication import RowsWritten, WriteMode
from placekeeper.rules.databases.new_tables import NewTable


class DatabaseSession(Protocol):
    """One connection in one read-only transaction: all that it answers is of one moment.

    Every method raises DatabaseFailed when the database goes away or refuses.
    """

    @property
    def moment(self) -> Moment:
        """The moment, as the database says it."""
        ...

    def shape(self, table: DatabaseTable) -> TableShape:
        """A table or view. Raises TableNotThere, which names tables with similar names.

        Names are looked for as they are spelled and then without regard to case, as the product takes names
        that are not quoted; the shape has the names as they are stored.
        """
        ...

    def tables(self) -> Sequence[ListedTable]:
        """All tables and views that the user may see, without the product's own, by schema and name."""
        ...

    def schema(self, rows: Rows) -> pa.Schema:
        """The columns of the rows as `read` gives them. Raises UnsupportedFeature for a type unknown here."""
        ...

    def last_key(self, table: DatabaseTable, keys: BookmarkKeys, within: KeyRange) -> Key | None:
        """The last key in the order of reading, among rows without a null key; None without rows."""
        ...

    def first_key(self, table: DatabaseTable, keys: BookmarkKeys, within: KeyRange) -> Key | None:
        """The first one."""
        ...

    def key_back(self, table: DatabaseTable, keys: BookmarkKeys, within: KeyRange, rows: int) -> Key | None:
        """The key that so many rows before the last one have; None if there are not so many."""
        ...

    def next_number(self, table: DatabaseTable, column: str) -> int | None:
        """The next number that the database itself gives a column, as it is now.

        None where it gives none, or does not tell.
        """
        ...

    def table_mark(self, table: DatabaseTable) -> TableMark | None:
        """What tells the table from one that begins anew; None where the product or the table does not."""
        ...

    def past(self, table: DatabaseTable, column: str, was: TableMark, now: TableMark) -> Past:
        """What became of a table since a mark `was` made, by that of the moment; `column` is its key."""
        ...

    def count(self, rows: Rows) -> int:
        """How many rows there are."""
        ...

    def gaps(
        self, table: DatabaseTable, keys: BookmarkKeys, first: int, last: int, most: int
    ) -> Sequence[IdRange]:
        """The whole numbers from `first` to `last` that no row has as its only key, as sorted ranges.

        At most `most` ranges, the highest.
        """
        ...

    def parts(self, rows: Rows, wanted: int) -> Sequence[Part]:
        """About so many parts of roughly one size, by what statistics and keys tell; () for one part."""
        ...

    def cut(self, rows: Rows, by: Partitioning) -> Sequence[Part]:
        """Parts as a script asks for them; () for one part. A row whose number is null is in the first.

        Raises UsageError for a column that is not there or bounds that are none, and DatabaseFailed for an
        expression that the database does not take.
        """
        ...

    def read(self, rows: Rows) -> Iterator[pa.RecordBatch]:
        """The rows in the order of their keys, if they have some; memory is bounded by one batch."""
        ...


class Database(Protocol):
    """One database. Picklable: tasks in other processes read from it."""

    @property
    def login(self) -> Login:
        """Where it is."""
        ...

    def session(self) -> AbstractContextManager[DatabaseSession]:
        """A session. Raises DatabaseFailed."""
        ...

    def read(self, rows: Rows, snapshot: str | None = None) -> Iterator[pa.RecordBatch]:
        """Rows by a connection of their own, in any order; with a snapshot, those of its moment.

        Raises DatabaseFailed.
        """
        ...


class Databases(Protocol):
    """Opens databases."""

    def at(self, login: Login) -> Database:
        """The database; nothing is connected yet. Raises MissingExtra, and UnsupportedFeature for a product
        that has no row."""
        ...


class WriteAsked(Struct, frozen=True, kw_only=True):
    """A write to a table: the `schema` of its rows, and the name of the staging table to be made for them.

    `keys` are the columns of an upsert, as the script names them. `rows_at_once` go into one statement.
    With `may_change`, the script's own statements come before the rows, and may change the table.
    `waiting` are earlier writes of the run to the same database, which come before it. `new` says what
    becomes of the table if it is made, or has other columns.
    """

    table: DatabaseTable
    schema: pa.Schema
    staging: str
    mode: WriteMode = "append"
    keys: tuple[str, ...] = ()
    rows_at_once: int = 1000
    may_change: bool = False
    waiting: tuple[RowsWritten, ...] = ()
    new: NewTable = NewTable()


class Loaded(Struct, frozen=True):
    """What one attempt of a task has put into the staging table."""

    attempt: int
    rows: int


class RowLoader(Protocol):
    """Puts rows into a staging table. Picklable: tasks do it."""

    def load(self, batches: Iterable[pa.RecordBatch]) -> Loaded:
        """Load rows as one attempt, of which all count or none.

        Raises ValueUnwritable for a value that the table does not take, and DatabaseFailed.
        """
        ...


class StagedWrite(Protocol):
    """A write whose staging table is there; `table` has the names as the database stores them.

    `columns` are those of the table that get values, `keys` those of an upsert. `made` has all columns with
    their SQL types if the table is not there yet, or made `anew` in the place of one that is. `notes` say
    what a user should know of the columns.
    """

    @property
    def table(self) -> DatabaseTable: ...

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def keys(self) -> tuple[str, ...]: ...

    @property
    def made(self) -> tuple[tuple[str, str], ...]: ...

    @property
    def anew(self) -> bool: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def loader(self) -> RowLoader:
        """What tasks load rows with."""
        ...

    def check(self, attempts: Sequence[int]) -> None:
        """Look whether the table takes the rows of attempts, as far as that can be seen before.

        Raises ValueUnwritable, which names the key or column, and DatabaseFailed.
        """
        ...

    def drop(self) -> None:
        """Drop the staging table. Raises DatabaseFailed."""
        ...


class DatabaseWriting(Protocol):
    """Writes to one database. Every method raises DatabaseFailed."""

    def begin(self, asked: WriteAsked) -> StagedWrite:
        """Make the staging table of a write.

        Raises UsageError for columns that do not fit the table, UnsupportedFeature for a type that cannot be
        written.
        """
        ...

    def staging_tables(self, schema: str) -> Sequence[str]:
        """The names of all staging tables of a schema, whosever they are."""
        ...

    def drop_tables(self, schema: str, names: Sequence[str]) -> None:
        """Drop staging tables, those that are there."""
        ...
