"""Connections to SQLite, and the parts that all databases share. For PostgreSQL see store/postgres.py.

Writers go one at a time, on every database: a transaction that may write takes the one write lock of its
database first. So what a use case reads in `Store.write()` holds until it commits, and nothing has to be
locked row by row or tried again.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event

from placekeeper.model.errors import InvalidInputException, StateNotWhole
from placekeeper.store.sqlite_errors import explain, explained, lacks_file_beside, unreadable

BUSY_TIMEOUT_S = 30
"""How long a writer waits for its turn."""

POOL_SIZE = 64
"""More than the threads of a server, so that nobody waits for a connection; made when they are needed."""

WAL_PAGES = 4000
"""After how many pages (4 KB) of the log a writer copies them into the database, and waits for the disk: at
SQLite's 1000, one start in sixty did."""

_WAL_TRIES, _WAL_PAUSE_S = 100, 0.05


def sqlite_engine(path: Path) -> Engine:
    """An engine on one SQLite file: WAL, and synchronous FULL because a commit that answered must survive a
    power cut.

    Whoever uses it gets StateError for a file that is busy, or cannot be read or written; and StateNotWhole
    for writing to one that was removed or replaced meanwhile: what is written to that is lost.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        pool_size=POOL_SIZE,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False, "isolation_level": None},
        hide_parameters=True,  # arguments of jobs may be secrets, and errors are logged
    )
    event.listen(engine, "connect", _configure)
    _OneFile(path).listen(engine)
    event.listen(engine, "begin", _begin_immediate)
    event.listen(engine, "before_cursor_execute", refuse_nul)
    event.listen(engine, "handle_error", explain)
    return engine


def sqlite_reader(path: Path) -> Engine:
    """An engine that reads one SQLite file and changes no row, wherever it is: a folder or disk that cannot
    be written to, too. A killed writer's log stays as it is.

    Whoever uses it gets StateUnfit for a file that cannot be read.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=lambda: _connected_to_read(path),
        pool_size=POOL_SIZE,
        hide_parameters=True,
    )
    event.listen(engine, "before_cursor_execute", refuse_nul)
    event.listen(engine, "handle_error", explain)
    return engine


def reading(engine: Engine) -> Engine:
    """The same connections, for transactions that only read: one snapshot, and no wait for writers."""
    if engine.dialect.name == "postgresql":
        return _beside(engine, isolation_level="REPEATABLE READ", postgresql_readonly=True)
    other = _beside(engine)
    event.listen(other, "begin", _begin_deferred)
    return other


def reading_once(engine: Engine) -> Engine:
    """The same connections, for one statement that reads: it is a snapshot by itself, nothing is begun."""
    options = {"isolation_level": "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {}
    return _beside(engine, **options)


def out_of_turn(engine: Engine) -> Engine:
    """The same connections, for writers that wait for no other; SQLite has none such."""
    return _beside(engine) if engine.dialect.name == "postgresql" else engine


def _beside(engine: Engine, **options: Any) -> Engine:
    """An engine with the connections and the errors of another, but without what that does at a beginning.

    Options of execution would do as well, and cost a fifth of a small read.
    """
    other = Engine(engine.pool, engine.dialect, engine.url, hide_parameters=True)
    other.update_execution_options(**options)
    event.listen(other, "before_cursor_execute", refuse_nul)
    return other


def shown(url: URL) -> str:
    """A database's URL as it may be printed: without a password, also one among the parameters."""
    place = {name: value for name, value in url.query.items() if name in ("host", "port")}
    return url.set(drivername=url.get_backend_name(), password=None, query=place).render_as_string()


def refuse_nul(
    _connection: Connection, _cursor: Any, _statement: str, parameters: Any, _context: Any, _many: bool
) -> None:
    """Before every statement. Raises InvalidInputException for a text with NUL, which PostgreSQL cannot hold.

    What is kept as JSON may have it: there it is written as an escape.
    """
    for row in parameters if isinstance(parameters, list) else [parameters]:
        values: Iterable[Any] = row.values() if isinstance(row, Mapping) else row
        if any(isinstance(value, str) and "\0" in value for value in values):
            raise InvalidInputException("A text with the character NUL (U+0000) cannot be kept; remove it.")


def without_nul(text: str | None) -> str | None:
    """A text for people, fit to be kept: NUL shown by the sign for it."""
    return text if text is None else text.replace("\0", "\N{SYMBOL FOR NULL}")


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"wal_autocheckpoint={WAL_PAGES}"):
        connection.execute(f"PRAGMA {pragma}").close()
    for tries_left in reversed(range(_WAL_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError:  # the first change to WAL does not wait out the busy timeout
            if not tries_left:
                raise
            time.sleep(_WAL_PAUSE_S)


def _connected_to_read(path: Path) -> sqlite3.Connection:
    """A connection that refuses to write.

    SQLite reads a file with a log (WAL) only where an index of the log is beside it. With a log, it is opened
    for reading alone: whoever may write copies the log into the file at the end. The index is the writer's,
    or is made and left there; where that may not be, the file cannot be read. Without a log, the files beside
    it are made and taken away again; where they may not be, the file is read as one that nobody changes.
    """
    place = f"file:{quote(str(path))}"
    has_log = (log := path.with_name(f"{path.name}-wal")).exists() and log.stat().st_size > 0
    for way in ("mode=ro",) if has_log else ("mode=rw", "mode=ro&immutable=1"):
        try:
            return _opened_to_read(f"{place}?{way}")
        except sqlite3.Error as error:
            problem = error
            if not lacks_file_beside(error):
                break
    raise unreadable(problem, str(path)) from problem


def _opened_to_read(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False, isolation_level=None
    )
    try:
        connection.execute("PRAGMA query_only=ON").close()
        connection.execute("SELECT 1 FROM sqlite_master").close()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class _OneFile:
    """The file of an engine, which stays the same one from its first connection on.

    A file that is removed would be made anew, empty; what is written to one that was replaced is lost.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None

    def listen(self, engine: Engine) -> None:
        """Look before each connection and before each transaction that writes."""
        event.listen(engine, "do_connect", lambda *_: self.check())
        event.listen(engine, "connect", lambda *_: self._know())
        event.listen(engine, "begin", lambda _: self.check())

    def check(self) -> None:
        """Raise StateNotWhole if another file stands there now, or none."""
        if self._file is not None and self._there() != self._file:
            raise StateNotWhole(
                f"the database {self._path} was removed or replaced while it was in use. Nothing is written "
                "to it any more, because that would be lost. End this process, put the database back and "
                "begin again. To see what is wrong: placekeeper state check"
            )

    def _know(self) -> None:
        self._file = self._file or self._there()

    def _there(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - for each transaction that writes
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


def _begin_immediate(connection: Connection) -> None:
    # A writer takes the lock at once: a deferred transaction that upgrades later fails under contention.
    by_driver(connection, "BEGIN IMMEDIATE", {})


def _begin_deferred(connection: Connection) -> None:
    by_driver(connection, "BEGIN DEFERRED", {})


def by_driver(connection: Connection, sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a statement on SQLite, past SQLAlchemy's ways to execute. Raises StateError as these
    do."""
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    try:
        cursor = driver.execute(sql, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
        cursor.close()
        return row
    except sqlite3.Error as error:
        raise explained(error, connection.engine.url.database or "") or error from error
