"""Connecting: what differs between databases is here and nowhere else."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

BUSY_TIMEOUT_S = 30
_WAL_TRIES, _WAL_PAUSE_S = 100, 0.05


def sqlite_engine(path: Path) -> Engine:
    """An engine on one SQLite file: WAL, and synchronous FULL because a commit that answered must survive a
    power cut."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    for tries_left in reversed(range(_WAL_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError:  # the first change to WAL does not wait out the busy timeout
            if not tries_left:
                raise
            time.sleep(_WAL_PAUSE_S)


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: a deferred transaction that upgrades later fails under contention.
    mode = "DEFERRED" if connection.get_execution_options().get("placekeeper_read_only") else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {mode}")
