"""What drivers raise when rows are written, in plain words, and whether the same may succeed later."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from placekeeper.databases.failures import HINTS, Sign, sign_in, unpacked
from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed

_LOST_RACES: Final = frozenset({"40001", "40P01", "42P07", "42710", 1020, 1050, 1213})
"""Two transactions were in each other's way, and the database has ended this one; or both made a table."""

_CATALOG: Final = ("pg_type_typname_nsp_index", "pg_class_relname_nsp_index")
"""PostgreSQL's own unique indexes, which two that make the same table at once run into."""

_LOCKED: Final = frozenset({"55P03", 1205})
"""Another session has kept a lock for longer than a write waits for it."""

_REFUSED_BY_MYSQL: Final = 1045
_NO_MYSQL_DATABASE: Final = 1049
_NO_DATABASE: Final = re.compile(r'FATAL: +(?:3D000: +)?database ".*" does not exist')
_PASSING_STATES: Final = ("08", "25006", "28", "40", "53", "55P03", "57", "58", "XX")
"""Classes of SQLSTATE: connection, a replica that takes over, login, lost races, resources, locks, shutdown,
system."""

_PASSING_MYSQL: Final = frozenset(
    {1020, 1040, 1041, 1044, 1045, 1053, 1129, 1203, 1205, 1213, 1226, 1290, 3024}
)
_SIGNS: Final = (
    Sign(
        "permission denied",
        "Let the user write it: GRANT SELECT, INSERT, UPDATE, DELETE on the table, and CREATE on its schema",
    ),
    Sign(
        "command denied",
        "Let the user write to the whole database, for staging tables are made and dropped in it: GRANT "
        "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP ON DATABASE.* TO the account that "
        "SELECT CURRENT_USER() shows",
    ),
)
_PASSING_SQLITE: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_FULL")


def reason(error: SQLAlchemyError) -> str:
    """What the database has said, in one line."""
    original = getattr(error, "orig", None) or error
    said = original.args[1] if _mysql_code(original) is not None else str(original)
    text = unpacked(str(said)).splitlines()
    lines = [line.strip() for line in text if line.strip("^ \t") and not line.startswith(HINTS)]
    ours = [place for place, line in enumerate(lines) if line.startswith("CONTEXT: ")]
    lines = lines[: ours[0]] if ours and ours[0] else lines  # where in our own statement it was
    return " ".join(lines[:3]).rstrip(".") or type(original).__name__


def may_pass(error: SQLAlchemyError) -> bool:
    """Whether the same may succeed later: the database is away, busy or full, or refuses who asks."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if is_gone(error):
        return False
    original = getattr(error, "orig", None)
    code = _mysql_code(original)
    if code is not None:
        return code in _PASSING_MYSQL or code == 0 or 2000 <= code < 3000
    name = getattr(original, "sqlite_errorname", None)
    if name is not None:
        return str(name).startswith(_PASSING_SQLITE)
    state = getattr(original, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_PASSING_STATES)
    return type(original).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")


def is_lost_race(error: SQLAlchemyError) -> bool:
    """Whether another transaction came first, so that the same is tried again at once."""
    original = getattr(error, "orig", None)
    if getattr(original, "sqlstate", None) == "23505" and any(name in str(original) for name in _CATALOG):
        return True
    return any(code in _LOST_RACES for code in (getattr(original, "sqlstate", None), _mysql_code(original)))


def is_locked(error: SQLAlchemyError) -> bool:
    """Whether another session did not release a lock in time."""
    original = getattr(error, "orig", None)
    return any(code in _LOCKED for code in (getattr(original, "sqlstate", None), _mysql_code(original)))


def refuses_login(error: SQLAlchemyError) -> bool:
    """Whether the database does not take the user with this password."""
    original = getattr(error, "orig", None)
    words = str(original)
    return _mysql_code(original) == _REFUSED_BY_MYSQL or "authentication failed" in words


def is_gone(error: SQLAlchemyError) -> bool:
    """Whether the database itself is not there any more, and with it all that waited in it."""
    original = getattr(error, "orig", None)
    if _mysql_code(original) == _NO_MYSQL_DATABASE or getattr(original, "sqlstate", None) == "3D000":
        return True  # at the login, PostgreSQL's driver has no state, only words
    return bool(_NO_DATABASE.search(str(original))) and type(original).__name__ == "OperationalError"


@contextmanager
def told(login: Login, what: str) -> Iterator[None]:
    """Raise DatabaseFailed for what drivers raise; `what` was done to the database."""
    try:
        yield
    except SQLAlchemyError as error:
        said = reason(error)
        sign = sign_in(said, _SIGNS)
        advice = "" if sign is None else f". {sign.advice}."
        raise DatabaseFailed(
            f"{login.place}: {what} failed: {said}{advice}", may_pass=may_pass(error)
        ) from error


def _mysql_code(error: Any) -> int | None:
    """The number of an error of MySQL's driver."""
    if type(error).__module__.partition(".")[0] != "pymysql" or not error.args:
        return None
    return error.args[0] if isinstance(error.args[0], int) else None
