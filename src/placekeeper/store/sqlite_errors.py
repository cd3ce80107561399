"""Errors of SQLite about the disk and other processes, with what to do."""

import sqlite3

from sqlalchemy.engine import ExceptionContext

from placekeeper.model.errors import StateError, StateUnfit

_PUT_BACK = (
    "Put a copy of it back, then: placekeeper state check. If there is none, move the file away (with the "
    "-wal and -shm files beside it), then: placekeeper state accept; it shows what would be read again, and "
    "asks"
)

_ADVICE = {
    sqlite3.SQLITE_BUSY: "Another process keeps it busy (fuser FILE says which); try again",
    sqlite3.SQLITE_LOCKED: "Another process keeps it busy (fuser FILE says which); try again",
    sqlite3.SQLITE_FULL: "Make room on the disk and try again",
    sqlite3.SQLITE_IOERR: "Check whether the disk is full or broken, and try again",
    sqlite3.SQLITE_READONLY: "Let this user write to the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "Let this user write to the file and its folder; check whether the disk is full",
    sqlite3.SQLITE_NOMEM: "The machine has no memory left; end another program and try again",
    sqlite3.SQLITE_CORRUPT: f"It is damaged. {_PUT_BACK}",
    sqlite3.SQLITE_NOTADB: f"It is not a database. {_PUT_BACK}",
}
"""What to do, by the primary code of an error. All other errors are our mistakes, and stay as they are."""

_ACCESS = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_NO_FILE_BESIDE = (*_ACCESS, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL)

_PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
"""Errors that may be over at the next try. For all others a person must act."""

_PRIMARY = 0xFF


def explain(context: ExceptionContext) -> None:
    """For SQLAlchemy's errors. Raises StateError for what the disk or another process is to blame for."""
    error = context.original_exception
    database = None if context.engine is None else context.engine.url.database
    if isinstance(error, sqlite3.Error):
        problem = explained(error, database or "") or _what_ended_all(error)
        if problem is not None:
            raise problem from error


def explained(error: sqlite3.Error, file: str) -> StateError | None:
    """The error that says what to do, None for any other."""
    code = _primary(error)
    advice = None if code is None else _ADVICE.get(code)
    if advice is None:
        return None
    kind = StateError if code in _PASSING else StateUnfit
    return kind(f"the state in {file} cannot be used: {error}. {advice.replace('FILE', file)}.")


def lacks_file_beside(error: sqlite3.Error) -> bool:
    """True if an error may come from a missing file beside the database, which may still be readable."""
    return _primary(error) in _NO_FILE_BESIDE


def unreadable(error: sqlite3.Error, file: str) -> StateError:
    """The error for a file that cannot even be read."""
    if _primary(error) not in _ACCESS and (problem := explained(error, file)) is not None:
        return problem
    return StateUnfit(
        f"the state in {file} cannot be read: {error}. Let this user read it, or copy its folder to a place "
        "where this user may write, and look there: --state FOLDER"
    )


def _primary(error: sqlite3.Error) -> int | None:
    """The primary code of an error; errors of the module itself have none."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY


def _what_ended_all(error: sqlite3.Error) -> StateError | None:
    """What came before: a full disk ends the whole transaction, and there is no savepoint to go back to."""
    if not str(error).startswith("no such savepoint"):
        return None
    before = error.__context__
    while before is not None and not isinstance(before, StateError):
        before = before.__context__
    return before
