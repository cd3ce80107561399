"""Names out of a state's SQLite, in a few milliseconds: for shell completion, which loads no SQLAlchemy.

Nothing is migrated, and no file is made: a log (WAL) is read where the index of it is there already, and left
out where it is not. A file that cannot be read has no names: the command itself will say why.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

MOST = 200
_PATIENCE_S = 0.1


def job_names(database: Path) -> Sequence[str]:
    """Jobs by name."""
    return _column(database, "SELECT name FROM jobs ORDER BY name LIMIT ?")


def bookmark_names(database: Path) -> Sequence[str]:
    """Live bookmarks by name."""
    return _column(database, "SELECT name FROM bookmarks WHERE deleted_ms IS NULL ORDER BY name LIMIT ?")


def run_ids(database: Path) -> Sequence[str]:
    """Runs, newest first."""
    return _column(database, "SELECT id FROM job_runs ORDER BY ordinal DESC LIMIT ?")


def _column(database: Path, query: str) -> Sequence[str]:
    if not database.is_file():
        return ()
    way = "mode=ro" if _has_log(database) else "mode=ro&immutable=1"
    try:
        with closing(
            sqlite3.connect(f"{database.as_uri()}?{way}", uri=True, timeout=_PATIENCE_S)
        ) as connection:
            return [name for (name,) in connection.execute(query, (MOST,))]
    except sqlite3.Error:
        return ()


def _has_log(database: Path) -> bool:
    """Look for a log, and for its index, which SQLite would make."""
    log, index = (database.with_name(f"{database.name}-{end}") for end in ("wal", "shm"))
    return index.is_file() and log.is_file() and log.stat().st_size > 0
