"""One database: its sessions, and the connections of tasks that read from it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pyarrow as pa

from placekeeper.databases.databases import load
from placekeeper.databases.failures import answering, connecting
from placekeeper.databases.session import SqlSession
from placekeeper.model.databases import Login, Rows


class SqlDatabase:
    """Implements ports.databases.Database."""

    def __init__(self, login: Login) -> None:
        self._login = login

    @property
    def login(self) -> Login:
        """See ports.databases.Database."""
        return self._login

    @contextmanager
    def session(self) -> Iterator[SqlSession]:
        """See ports.databases.Database."""
        with self._session(asks=True) as session:
            yield session

    def read(self, rows: Rows, snapshot: str | None = None) -> Iterator[pa.RecordBatch]:
        """See ports.databases.Database."""
        with self._session(snapshot=snapshot) as session:
            yield from session.batches(rows, is_apart=True)

    @contextmanager
    def _session(self, *, asks: bool = False, snapshot: str | None = None) -> Iterator[SqlSession]:
        dialect = load(self._login.product)
        engine = dialect.engine(self._login)
        try:
            with connecting(self._login, dialect.errors, dialect.signs):
                connection = engine.connect()
            try:
                with answering(self._login, dialect.errors, dialect.signs):
                    moment = dialect.begin(connection, asks=asks, snapshot=snapshot)
                with closing(SqlSession(dialect, self._login, connection, moment)) as session:
                    yield session
            finally:
                connection.invalidate()
                connection.close()
        finally:
            engine.dispose()
