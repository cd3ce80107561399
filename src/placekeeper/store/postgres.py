"""Connections to PostgreSQL by psycopg: the write lock, limits on every wait, errors that say what to do.

Isolation. A writer takes an advisory lock, then reads at READ COMMITTED: each of its statements sees all that
earlier writers committed, since a lock is given back only after its commit can be seen. It is what BEGIN
IMMEDIATE is on SQLite, so use cases hold here for the same reason, and runs become visible in the order of
their ordinals. Constraints still decide whoever reaches the tables past the lock. A reader gets one snapshot
(REPEATABLE READ) and waits for nobody.
"""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError

from placekeeper.model.errors import (
    DatabaseAway,
    InvalidInputException,
    MissingExtra,
    StateError,
    UsageError,
)
from placekeeper.store.connection import BUSY_TIMEOUT_S, POOL_SIZE, refuse_nul, shown

SCHEMES = ("postgresql", "postgres")
_WRITE_LOCK = int.from_bytes(b"Placekpr")
"""The key of the advisory lock; it counts within one database."""

_LIMITS = {
    "lock_timeout": f"{BUSY_TIMEOUT_S}s",
    "statement_timeout": "120s",
    "idle_in_transaction_session_timeout": "60s",
}
WRITER_IDLE = "10s"
"""A machine that froze while it wrote loses the lock then; the others' leases last longer."""

_CONNECTION = {
    "application_name": "placekeeper",
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",  # ms; a machine that vanished is noticed
}
_ADVICE = (
    ("authentication failed", "Check user and password"),
    ("no password supplied", "Give a password: in the URL, in PGPASSWORD or in ~/.pgpass"),
    ('role "', "Create it first: createuser NAME, or CREATE ROLE … LOGIN"),
    ("does not exist", "Create it first: createdb NAME, or CREATE DATABASE"),
    ("lock timeout", "Another writer keeps the database busy; try again"),
    ("too many", "Raise max_connections, or run fewer servers"),
)
_DEFAULT_ADVICE = (
    "Check that it runs and that the URL is right (--database, PLACEKEEPER_DATABASE); then try again"
)


def postgres_engine(url: str) -> Engine:
    """An engine on one database. It connects when it is used; a dead connection is replaced before use.

    Raises UsageError for a URL that cannot be understood, MissingExtra without psycopg; when connecting or
    later, DatabaseAway for a database that does not answer or refuses.
    """
    place = _parsed(url)
    ours = " ".join(f"-c {name}={value}" for name, value in _LIMITS.items())
    wanted = {name: value for name, value in _CONNECTION.items() if name not in place.query}
    try:
        engine = create_engine(
            place,
            connect_args=wanted | {"options": f"{ours} {place.query.get('options', '')}".strip()},
            pool_size=POOL_SIZE,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ImportError as error:
        raise MissingExtra("a state in PostgreSQL", "postgres") from error
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _take_turn)
    event.listen(engine, "before_cursor_execute", refuse_nul)
    event.listen(engine, "handle_error", _explain)
    return engine


def _parsed(url: str) -> URL:
    """The URL. Errors quote no part of it: where it cannot be parsed, the password may be anywhere."""
    try:
        place = make_url(url)
        understood = place.drivername in SCHEMES and place.database and "@" not in (place.host or "")
    except (ArgumentError, ValueError):
        understood = False
    if not understood:
        raise UsageError(
            "the URL of the database cannot be understood. Write postgresql://USER:PASSWORD@HOST:PORT/NAME, "
            "with @ : / % ? # in a password as %40 %3A %2F %25 %3F %23"
        )
    place = place.set(drivername="postgresql+psycopg")
    word = place.query.get("password")
    return place.difference_update_query(["password"]).set(password=word) if isinstance(word, str) else place


def _configure(connection: Any, _record: Any) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        name = connection.info.dbname
        connection.close()
        raise StateError(
            f"the database {name} has the encoding {encoding}, which cannot hold every "
            "name. Create another: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )
    # A commit that answered must survive a power cut; what promises more than that stays.
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


def _take_turn(connection: Connection) -> None:
    connection.exec_driver_sql(
        f"SELECT pg_advisory_xact_lock({_WRITE_LOCK}), "
        f"set_config('idle_in_transaction_session_timeout', '{WRITER_IDLE}', true)"
    )


def _explain(context: ExceptionContext) -> None:
    """Raises DatabaseAway or StateError for what the database is to blame for, InvalidInputException for too
    long a name.

    Every other error stays what it is.
    """
    psycopg, error = context.dialect.loaded_dbapi, context.original_exception
    if context.is_pre_ping or not isinstance(error, psycopg.Error):
        return
    if error.sqlstate == psycopg.errors.ProgramLimitExceeded.sqlstate:
        raise InvalidInputException(
            "A name is too long: PostgreSQL keeps names of at most 2,700 bytes."
        ) from error
    broken = context.connection is None or context.is_disconnect
    if broken or isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        # Without libpq's questions, which stand on lines of their own behind a tab.
        lines = [line.strip() for line in str(error).splitlines() if not line.startswith("\t")]
        said = " ".join(lines).rstrip(".")
        place = "" if context.engine is None else f" {shown(context.engine.url)}"
        kind = DatabaseAway if broken else StateError
        raise kind(f"the database{place} cannot be used: {said}. {advice(said)}.") from error


def advice(said: str) -> str:
    """A sentence that says what to do about an error text of PostgreSQL or libpq."""
    return next((advised for sign, advised in _ADVICE if sign in said), _DEFAULT_ADVICE)
