"""The door to databases: each product brings its driver, which is loaded when a script uses it."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from placekeeper.databases.dialect import Dialect
from placekeeper.databases.failures import answering
from placekeeper.databases.products import product_of
from placekeeper.databases.session import SqlSession
from placekeeper.model.databases import Login, Rows
from placekeeper.model.errors import MissingExtra
from placekeeper.ports.databases import Database


class SqlDatabases:
    """Implements ports.databases.Databases for all products."""

    def at(self, login: Login) -> Database:
        """See ports.databases.Databases."""
        load(login.product)
        return SqlDatabase(login)


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
            with answering(self._login, dialect.errors, dialect.signs):
                connection = engine.connect()
            try:
                with answering(self._login, dialect.errors, dialect.signs):
                    moment = dialect.begin(connection, asks=asks, snapshot=snapshot)
                yield SqlSession(dialect, self._login, connection, moment)
            finally:
                connection.invalidate()
                connection.close()
        finally:
            engine.dispose()


def load(product: str) -> Dialect:
    """The dialect of a product. Raises UnsupportedFeature, and MissingExtra without its driver."""
    row = product_of(product)
    try:
        for library in row.libraries:
            importlib.import_module(library)
        module: Any = importlib.import_module(f"placekeeper.databases.{row.module}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in row.libraries:
            raise
        raise MissingExtra(f"reading a database of {product}", row.extra) from error
    made: Dialect = getattr(module, row.dialect)()
    return made
