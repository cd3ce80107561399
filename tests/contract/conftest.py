"""The databases that the store's contract holds for, and objects on a local disk and in S3."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from placekeeper.objects.stores import ObjectStores
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.postgres import postgres_engine
from placekeeper.store.store import SqlStore
from postgres import PostgresServer
from s3 import S3Server
from sqlite_state import migrated_sqlite

Connect = Callable[[], Engine]


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connect]:
    """Connects to an empty database; each call as another process would."""
    if request.param == "sqlite":
        connect = partial(sqlite_engine, tmp_path / "state.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        connect = partial(postgres_engine, server.url(server.new_database()))
    yield from _connecting(connect)


@pytest.fixture(params=["sqlite", "postgres"])
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connect]:
    """Connects to a database with the schema; each call as another process would."""
    if request.param == "sqlite":
        connect = partial(sqlite_engine, tmp_path / "state.db")
        migrated_sqlite(tmp_path / "state.db").dispose()
    else:
        connect = partial(postgres_engine, request.getfixturevalue("postgres_url"))
    yield from _connecting(connect)


def _connecting(connect: Connect) -> Iterator[Connect]:
    made: list[Engine] = []

    def remembering() -> Engine:
        made.append(connect())
        return made[-1]

    yield remembering
    for engine in made:
        engine.dispose()


@pytest.fixture
def store(connect: Callable[[], Engine]) -> SqlStore:
    return SqlStore(connect())


@pytest.fixture
def stores(s3: S3Server) -> ObjectStores:
    return ObjectStores.of(s3.environ)
