"""Connecting: what differs between databases is here and nowhere else."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

BUSY_TIMEOUT_S = 30


def sqlite_engine(path: Path) -> Engine:
    """An engine on one SQLite file: WAL, and synchronous FULL because a commit that answered must survive a
    power cut."""
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: a deferred transaction that upgrades later fails under contention.
    mode = "DEFERRED" if connection.get_execution_options().get("placekeeper_read_only") else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {mode}")
