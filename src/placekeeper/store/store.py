"""The store: transactions over one database."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as NoneFree

from placekeeper.model.errors import StateError
from placekeeper.model.manifests import ManifestCodec
from placekeeper.model.record import Note
from placekeeper.ports.keys import Keys
from placekeeper.ports.record import NoRecord, Record
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.store.connection import BUSY_TIMEOUT_S, POOL_SIZE, out_of_turn, reading, reading_once
from placekeeper.store.rows.bookmarks import SqlBookmarkRows
from placekeeper.store.rows.catalog import SqlDatabaseRows, SqlTableRows
from placekeeper.store.rows.catalog_changes import SqlChangeRows
from placekeeper.store.rows.catalog_settings import SqlSettingRows
from placekeeper.store.rows.column_statistics import SqlStatisticsRows
from placekeeper.store.rows.connections import SqlConnectionRows
from placekeeper.store.rows.crawlers import SqlClassifierRows, SqlCrawlerRows
from placekeeper.store.rows.crawls import SqlCrawlRows
from placekeeper.store.rows.functions import SqlFunctionRows
from placekeeper.store.rows.jobs import SqlJobRows
from placekeeper.store.rows.launchers import SqlLauncherRows
from placekeeper.store.rows.marks import SqlMarkRows
from placekeeper.store.rows.merges import SqlMergeRows
from placekeeper.store.rows.overwrites import SqlOverwriteRows
from placekeeper.store.rows.partitions import SqlPartitionRows
from placekeeper.store.rows.publications import MANIFESTS, SqlPublicationRows
from placekeeper.store.rows.record import SqlRecordRows
from placekeeper.store.rows.runs import SqlRunRows
from placekeeper.store.rows.security_configurations import SqlSecurityConfigurationRows
from placekeeper.store.rows.table_versions import SqlTableVersionRows
from placekeeper.store.rows.tags import SqlTagRows

PATIENCE_S = 10.0
"""How long a transaction waits for a database that is being restarted; nothing has been done by then."""

KEPT = 8
"""Connections that are kept for reading once; the others go back to the pool."""

_PAUSE_S = 0.25


class SqlTransaction:
    """Implements ports.store.Transaction on one connection."""

    def __init__(self, connection: Connection, keys: Keys, manifests: ManifestCodec) -> None:
        self.notes: list[Note] = []
        self.bookmarks = SqlBookmarkRows(connection, keys, self.notes)
        self.merges = SqlMergeRows(connection, keys)
        self.marks = SqlMarkRows(connection, keys, self.notes)
        self.jobs = SqlJobRows(connection)
        self.runs = SqlRunRows(connection)
        self.launchers = SqlLauncherRows(connection)
        self.publications = SqlPublicationRows(connection, self.notes, manifests, keys)
        self.overwrites = SqlOverwriteRows(connection)
        self.tags = SqlTagRows(connection)
        self.security_configurations = SqlSecurityConfigurationRows(connection)
        self.databases = SqlDatabaseRows(connection)
        self.connections = SqlConnectionRows(connection, keys)
        self.crawlers = SqlCrawlerRows(connection)
        self.classifiers = SqlClassifierRows(connection)
        self.crawls = SqlCrawlRows(connection)
        self.functions = SqlFunctionRows(connection)
        self.catalog_settings = SqlSettingRows(connection)
        self.tables = SqlTableRows(connection)
        self.table_versions = SqlTableVersionRows(connection)
        self.partitions = SqlPartitionRows(connection)
        self.column_statistics = SqlStatisticsRows(connection)
        self.catalog_changes = SqlChangeRows(connection)
        self.record = SqlRecordRows(connection)


class SqlStore:
    """Implements ports.store.Store. `keys` are those with which bookmarks may be encrypted, and
    `manifests` knows the kinds of effects.

    What a transaction has changed of bookmarks is noted in `record`, after its commit and before anybody is
    answered: so nothing that was acted upon is lost with the database unnoticed.
    """

    def __init__(
        self,
        engine: Engine,
        keys: Keys = NO_KEYS,
        record: Record | None = None,
        manifests: ManifestCodec = MANIFESTS,
    ) -> None:
        self._engine = engine
        self._turns = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._reading = reading(engine)
        self._reading_once = reading_once(engine)
        self._out_of_turn = out_of_turn(engine)
        self._keys = keys
        self._manifests = manifests
        self._record = NoRecord() if record is None else record
        self._kept: list[Connection] = []
        self._is_closed = False

    @property
    def is_on_this_machine(self) -> bool:
        """True if reading a row waits neither for a network nor for a writer (SQLite)."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def write(self, *, in_turn: bool = True) -> Iterator[SqlTransaction]:
        """A transaction that may write, the only one `in_turn` meanwhile; committed durably on leaving,
        rolled back on an exception."""
        engine = self._engine if in_turn else self._out_of_turn
        with self._turn(), _connected(engine) as connection, connection.begin():
            transaction = SqlTransaction(connection, self._keys, self._manifests)
            yield transaction
        if transaction.notes:
            self._record.note(transaction.notes)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """On SQLite our threads queue up here: it would have each sleep and try again, the unlucky for long.

        Whoever has waited for as long as SQLite would goes on, and SQLite says what is wrong.
        """
        has_turn = self._turns is not None and self._turns.acquire(timeout=BUSY_TIMEOUT_S)
        try:
            yield
        finally:
            if self._turns is not None and has_turn:
                self._turns.release()

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """A transaction that only reads."""
        with _connected(self._reading) as connection:
            yield SqlTransaction(connection, self._keys, self._manifests)

    @contextmanager
    def read_once(self) -> Iterator[SqlTransaction]:
        """A transaction of one reading statement. It costs half of `read`, or a third over a network.

        On this machine connections are kept for it: fetching one takes longer than that. Over a network
        the pool has to ask first whether a connection still is one.
        """
        if not self.is_on_this_machine:
            with _connected(self._reading_once) as connection:
                yield SqlTransaction(connection, self._keys, self._manifests)
            return
        try:
            connection = self._kept.pop()
        except IndexError:
            connection = _connected(self._reading_once)
        try:
            yield SqlTransaction(connection, self._keys, self._manifests)
        finally:
            if self._is_closed or len(self._kept) >= KEPT:
                connection.close()
            else:
                self._kept.append(connection)

    def close(self) -> None:
        """Close all connections."""
        self._is_closed = True
        while self._kept:
            self._kept.pop().close()
        self._engine.dispose()


def _connected(engine: Engine) -> Connection:
    """A connection; a server that is restarting is waited for."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return engine.connect()
        except NoneFree as error:
            raise StateError(
                f"all {POOL_SIZE} connections to the database are in use, and none became free. Try again, "
                "or ask less at the same time"
            ) from error
        except StateError:
            if engine.dialect.name == "sqlite" or time.monotonic() >= end:
                raise
            time.sleep(_PAUSE_S)
