"""Files that SQLite may open: a pipe in the place of one would be waited for without end."""

import sqlite3
from pathlib import Path


def check_file(path: str) -> None:
    """Raises sqlite3.OperationalError for a path to something that is there, and is no regular file."""
    try:
        is_other = Path(path).exists() and not Path(path).is_file()
    except (OSError, ValueError) as error:  # too long, or no name of a file at all
        raise sqlite3.OperationalError(f"unable to open database file: {error}") from error
    if is_other:
        raise sqlite3.OperationalError("unable to open database file: it is no regular file")
