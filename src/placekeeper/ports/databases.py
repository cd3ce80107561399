"""Databases that scripts read and write: one port, whatever the product."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import pyarrow as pa

from placekeeper.model.databases import (
    BookmarkKeys,
    DatabaseTable,
    IdRange,
    Key,
    KeyRange,
    Login,
    Moment,
    Part,
    Rows,
    TableShape,
)


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
