"""SQLite databases with the schema: one is migrated per pytest process, the others are its copies."""

import functools
import tempfile
from pathlib import Path

from sqlalchemy import Engine

from placekeeper.store.connection import sqlite_engine
from placekeeper.store.migrate import migrate


def migrated_sqlite(path: Path) -> Engine:
    """The database at `path`; a new one has the schema and nothing in it, as if it had been migrated here."""
    if not path.exists():
        path.write_bytes(_migrated())
    return sqlite_engine(path)


@functools.cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="placekeeper-") as folder:
        path = Path(folder) / "state.db"
        engine = sqlite_engine(path)
        migrate(engine)
        engine.dispose()
        assert [file.name for file in path.parent.iterdir()] == [path.name], "the log is not in the database"
        return path.read_bytes()
