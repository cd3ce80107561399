"""A database in memory, the reference for others: transactions, snapshots, keys compared by Python."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from placekeeper.model.databases import (
    BookmarkKeys,
    DatabaseTable,
    IdRange,
    Key,
    KeyRange,
    KeyType,
    KeyValue,
    Login,
    Moment,
    OpenTransaction,
    Part,
    Partitioning,
    Past,
    Rows,
    TableColumn,
    TableMark,
    TableShape,
)

Row = dict[str, Any]

_ARROW: dict[str, pa.DataType] = {
    "int": pa.int64(),
    "text": pa.string(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "decimal": pa.decimal128(20, 4),
}


@dataclass
class Version:
    """A version of a row, and the transaction that made it."""

    row: Row
    xid: int


@dataclass
class Transaction:
    """An open transaction: the versions that it will make, and the rows that it deletes."""

    xid: int
    since_us: int
    added: list[Row] = field(default_factory=list)
    gone: list[Row] = field(default_factory=list)


@dataclass
class MemoryDatabase:
    """One table; `columns` are its names and key types, `tells` says what its moments tell."""

    columns: dict[str, KeyType]
    primary_key: tuple[str, ...] = ()
    nullable: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    has_xids: bool = False
    knows_open: bool = False
    unseen: str = ""
    has_snapshots: bool = False
    now_us: int = 1_000_000_000
    table: DatabaseTable = field(default_factory=lambda: DatabaseTable("", "t"))
    versions: list[Version] = field(default_factory=list)
    open: dict[int, Transaction] = field(default_factory=dict)
    next_xid: int = 100
    files: int = 0
    counter: int | None = None
    snapshots: dict[str, "MemorySession"] = field(default_factory=dict)

    @property
    def login(self) -> Login:
        return Login(product="memory", database="m")

    @property
    def rows(self) -> list[Row]:
        return [version.row for version in self.versions]

    def begin(self) -> Transaction:
        transaction = Transaction(self.next_xid, self.now_us)
        self.next_xid += 1
        self.open[transaction.xid] = transaction
        return transaction

    def commit(self, transaction: Transaction) -> None:
        del self.open[transaction.xid]
        self.versions = [
            one for one in self.versions if not any(one.row is gone for gone in transaction.gone)
        ]
        self.versions += [Version(row, transaction.xid) for row in transaction.added]

    def rollback(self, transaction: Transaction) -> None:
        del self.open[transaction.xid]

    def truncate(self) -> None:
        """Empties the table and lets its numbers begin anew."""
        self.versions.clear()
        self.files += 1

    def insert(self, *rows: Row) -> None:
        transaction = self.begin()
        transaction.added += rows
        self.commit(transaction)

    @contextmanager
    def session(self) -> Iterator["MemorySession"]:
        session = MemorySession(self)
        if session.moment.snapshot is not None:
            self.snapshots[session.moment.snapshot] = session
        yield session
        self.snapshots.pop(session.moment.snapshot or "", None)

    def read(self, rows: Rows, snapshot: str | None = None) -> Iterator[pa.RecordBatch]:
        session = MemorySession(self) if snapshot is None else self.snapshots[snapshot]
        yield from session.read(rows)


class MemoryDatabases:
    """Opens one database, whatever the login."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def at(self, login: Login) -> MemoryDatabase:
        return self._database


class MemorySession:
    """What was committed when it began."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._versions = list(database.versions)
        self._files, self._next_xid = database.files, database.next_xid
        oldest = min(database.open, default=database.next_xid)
        self.moment = Moment(
            now_us=database.now_us,
            knows_open=database.knows_open,
            unseen=database.unseen,
            open=tuple(
                OpenTransaction(name=f"transaction {one.xid}", since_us=one.since_us)
                for one in sorted(database.open.values(), key=lambda one: one.since_us)
            )
            if database.knows_open
            else (),
            oldest_xid=oldest if database.has_xids else None,
            snapshot=f"s{database.next_xid}-{id(self)}" if database.has_snapshots else None,
        )

    def shape(self, table: DatabaseTable) -> TableShape:
        return TableShape(
            table=self._database.table,
            columns=tuple(
                TableColumn(name=name, sql_type=kind, key_type=kind, nullable=name in self._database.nullable)
                for name, kind in self._database.columns.items()
            ),
            primary_key=self._database.primary_key,
            unique=self._database.unique,
        )

    def schema(self, rows: Rows) -> pa.Schema:
        names = rows.columns or tuple(self._database.columns)
        return pa.schema([(name, _ARROW[self._database.columns[name]]) for name in names])

    def last_key(self, table: DatabaseTable, keys: BookmarkKeys, within: KeyRange) -> Key | None:
        return self._at(keys, within, -1)

    def first_key(self, table: DatabaseTable, keys: BookmarkKeys, within: KeyRange) -> Key | None:
        return self._at(keys, within, 0)

    def next_number(self, table: DatabaseTable, column: str) -> int | None:
        return self._database.counter

    def key_back(self, table: DatabaseTable, keys: BookmarkKeys, within: KeyRange, rows: int) -> Key | None:
        return self._at(keys, within, -1 - rows)

    def table_mark(self, table: DatabaseTable) -> TableMark | None:
        files = str(self._files)
        return TableMark("t", files, files, self._next_xid) if self._database.has_xids else None

    def past(self, table: DatabaseTable, column: str, was: TableMark, now: TableMark) -> Past:
        if any(one.xid < was.next_xid for one in self._versions):
            return "kept"
        return "unknown" if was.files == now.files else "emptied"

    def count(self, rows: Rows) -> int:
        return len(self._meant(rows))

    def gaps(
        self, table: DatabaseTable, keys: BookmarkKeys, first: int, last: int, most: int
    ) -> Sequence[IdRange]:
        there = sorted({row.row[keys.columns[0]] for row in self._versions} & set(range(first, last + 1)))
        ends = [first - 1, *there, last + 1]
        found = [IdRange(a + 1, b - 1) for a, b in itertools.pairwise(ends) if b - a > 1]
        return found[-most:]

    def parts(self, rows: Rows, wanted: int) -> Sequence[Part]:
        return ()

    def cut(self, rows: Rows, by: Partitioning) -> Sequence[Part]:
        return ()

    def read(self, rows: Rows) -> Iterator[pa.RecordBatch]:
        found = [version.row for version in self._meant(rows)]
        for begin in range(0, len(found), 3):
            yield pa.RecordBatch.from_pylist(found[begin : begin + 3], self.schema(rows))

    def _meant(self, rows: Rows) -> list[Version]:
        versions = self._versions
        if rows.changed_since is not None:
            assert self._database.has_xids
            versions = [one for one in versions if one.xid >= rows.changed_since]
        keys = rows.keys
        if keys is None or not (rows.ranges or rows.ids or rows.nulls):
            return versions
        found = [
            one
            for one in versions
            if (rows.nulls and _is_null(one.row, keys))
            or any(_is_in(one.row, keys, some) for some in rows.ranges)
            or any(some.first <= one.row[keys.columns[0]] <= some.last for some in rows.ids)
        ]
        return sorted(found, key=lambda one: _order(one.row, keys))

    def _at(self, keys: BookmarkKeys, within: KeyRange, place: int) -> Key | None:
        found = self._meant(Rows(keys=keys, ranges=(within,)))
        if not -len(found) <= place < len(found):
            return None
        row = found[place].row
        return tuple(_value(self._database.columns[name], row[name]) for name in keys.columns)


def _is_null(row: Row, keys: BookmarkKeys) -> bool:
    return any(row[name] is None for name in keys.columns)


def _is_in(row: Row, keys: BookmarkKeys, within: KeyRange) -> bool:
    if _is_null(row, keys):
        return False
    sign = -1 if keys.descending else 1

    def compared(key: Key) -> int:
        values = [_python(value) for value in key]
        own = [row[name] for name in keys.columns][: len(values)]
        return sign * ((own > values) - (own < values))

    if within.after is not None and compared(within.after) <= 0:
        return False
    if within.upto is None:
        return True
    return compared(within.upto) < (0 if within.to_before else 1)


def _order(row: Row, keys: BookmarkKeys) -> Any:
    if _is_null(row, keys):
        return (1, ())
    values = [row[name] for name in keys.columns]
    return (0, _Reversed(values) if keys.descending else _Forward(values))


class _Forward:
    def __init__(self, values: Any) -> None:
        self.values = values

    def __lt__(self, other: "_Forward") -> bool:
        return bool(self.values < other.values)


class _Reversed(_Forward):
    def __lt__(self, other: "_Forward") -> bool:
        return bool(other.values < self.values)


def _value(kind: KeyType, value: Any) -> KeyValue:
    if kind == "timestamptz":
        return KeyValue(kind, value.isoformat(timespec="microseconds") + "Z")
    if kind == "timestamp":
        return KeyValue(kind, value.isoformat(timespec="microseconds"))
    return KeyValue(kind, value.isoformat() if kind == "date" else str(value))


def _python(value: KeyValue) -> Any:
    match value.type:
        case "int":
            return int(value.text)
        case "decimal":
            return Decimal(value.text)
        case "date":
            return date.fromisoformat(value.text)
        case "timestamp" | "timestamptz":
            return datetime.fromisoformat(value.text).replace(tzinfo=None)
    return value.text
