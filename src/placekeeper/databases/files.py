"""Files that a login names: a pipe in the place of one would be waited for without end."""

import sqlite3
from pathlib import Path


def is_no_file(path: str) -> bool:
    """Whether something is there that is no regular file; of what cannot be looked at, drivers tell."""
    try:
        return Path(path).exists() and not Path(path).is_file()
    except (OSError, ValueError):  # too long, not allowed, or no path at all
        return False


def check_sqlite(path: str) -> None:
    """Raises sqlite3.OperationalError for a path to something that is there, and is no regular file."""
    if is_no_file(path):
        raise sqlite3.OperationalError("unable to open database file: it is no regular file")
