"""Databases for tests of what scripts read and write: PostgreSQL, MariaDB where it is installed, SQLite.

One server per pytest process and product; each test has a database of its own. Ask for the fixture `database`
of tests/contract/test_databases.py, or for `postgres`, `mariadb` of tests/conftest.py and `Place`.
"""

import itertools
import os
import pwd
import secrets
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql

from placekeeper.model.databases import Login
from ports import free_ports
from postgres import USER, PostgresServer

_START_SECONDS = 60
_STOP_SECONDS = 20
_QUICK = (
    *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=128M", "--innodb-log-file-size=64M"),
    *("--skip-log-bin", "--performance-schema=OFF", "--innodb-doublewrite=0", "--max-connections=120"),
    *(
        "--character-set-server=utf8mb4",
        "--default-time-zone=+02:00",
        "--sql-mode=ANSI_QUOTES,STRICT_ALL_TABLES",
    ),
)
"""A test's data need not survive a power cut. The zone and the quotes are those of an odd server."""


@dataclass
class MariaServer:
    """A server of our own, and the one user it knows."""

    program: Path
    folder: Path
    port: int
    password: str
    process: "subprocess.Popen[bytes] | None" = None
    zone: str = ""  # of the machine, as the server sees it
    flags: Sequence[str] = ()
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def new_database(self) -> str:
        """Create a database; its name."""
        name = f"test_{next(self._numbers)}"
        with closing(self.connected()) as connection:
            connection.cursor().execute(f"CREATE DATABASE {name}")
        return name

    def connected(self, database: str | None = None) -> "pymysql.Connection[Any]":
        """A connection on which every statement is a transaction."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=self.password,
            database=database,
            autocommit=True,
            connect_timeout=5,
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(self.program, "--no-defaults", f"--datadir={self.folder / 'data'}"),
                    *(f"--socket={self.folder / 'socket'}", f"--pid-file={self.folder / 'pid'}"),
                    *(
                        "--bind-address=127.0.0.1",
                        f"--port={self.port}",
                        "--plugin-maturity=unknown",
                        *_QUICK,
                        *(("--default-time-zone=SYSTEM",) if self.zone else ()),
                        *self.flags,
                    ),
                    *_user_flag(),
                ],
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environ(self.folder) | ({"TZ": self.zone} if self.zone else {}),
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.connected().close()
                return
            except pymysql.Error as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    tail = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"MariaDB did not start: {tail}") from error
                time.sleep(0.02)

    def stop(self) -> None:
        """End the server and every connection to it."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def mariadb_missing() -> str | None:
    """Why there is no MariaDB here; None if there is."""
    if shutil.which("mariadbd", path=_PATH) and shutil.which("mariadb-install-db", path=_PATH):
        return None
    return "MariaDB is not installed: apt-get install mariadb-server"


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


@contextmanager
def running_mariadb(zone: str = "", certificate: tuple[Path, Path] | None = None) -> Iterator[MariaServer]:
    """Make a server with its data in a temporary folder, start it, stop and remove it at the end.

    With a `certificate` and its key, it takes encrypted connections alone.
    """
    folder = Path(tempfile.mkdtemp(prefix="placekeeper-mariadb-"))
    try:
        program = shutil.which("mariadbd", path=_PATH)
        assert program is not None
        (folder / "data").mkdir()
        copies = [Path(shutil.copy(file, folder)) for file in certificate or ()]
        flags = []
        if copies:
            flags = [f"--ssl-cert={copies[0]}", f"--ssl-key={copies[1]}", "--require-secure-transport=ON"]
        user = _user()
        if user is not None:
            for place in (folder, folder / "data", *copies):
                os.chown(place, user.pw_uid, user.pw_gid)
        server = MariaServer(Path(program), folder, free_ports(1)[0], _password(), zone=zone, flags=flags)
        _make_data(server)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _make_data(server: MariaServer) -> None:
    made = subprocess.run(
        [
            *("mariadb-install-db", "--no-defaults", f"--datadir={server.folder / 'data'}", "--skip-test-db"),
            *("--auth-root-authentication-method=normal", "--skip-name-resolve", *_user_flag()),
        ],
        cwd="/",
        env=_environ(server.folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise RuntimeError(f"mariadb-install-db failed: {made.stdout}{made.stderr}")
    word = server.password.replace("\\", "\\\\").replace("'", "\\'")
    statements = (
        f"FLUSH PRIVILEGES;\nCREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{word}';\n"
        f"GRANT ALL ON *.* TO '{USER}'@'127.0.0.1' WITH GRANT OPTION;\n"
    )
    asked = subprocess.run(
        [
            *(server.program, "--no-defaults", "--bootstrap", f"--datadir={server.folder / 'data'}"),
            *_user_flag(),
        ],
        input=statements,
        cwd="/",
        env=_environ(server.folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise RuntimeError(f"MariaDB's user could not be made: {asked.stdout}{asked.stderr}")


def _password() -> str:
    return secrets.token_hex(8) + "@/:%?#'\\"


def _environ(folder: Path) -> dict[str, str]:
    """A server that starts deletes the temporary files of another that has the same folder for them."""
    return {**os.environ, "PATH": _PATH, "TMPDIR": str(folder)}


def _user() -> pwd.struct_passwd | None:
    """Whom the server runs as, where we are root; it refuses that one by default."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("mysql")
    except KeyError:
        return pwd.getpwnam("root")


def _user_flag() -> tuple[str, ...]:
    user = _user()
    return () if user is None else (f"--user={user.pw_name}",)


@dataclass
class Place:
    """A database of one test: who asks, and a way to write into it beside what is tested."""

    login: Login
    server: PostgresServer | MariaServer | None = None

    @property
    def product(self) -> str:
        """The product, as its row is called."""
        return self.login.product

    def connected(self) -> Any:
        """A connection of the product's own driver, on which every statement is a transaction."""
        if self.server is None:
            return sqlite3.connect(self.login.database, isolation_level=None, timeout=5)
        return self.server.connected(self.login.database)

    def run(self, *statements: str) -> None:
        """Execute statements, each its own transaction."""
        with closing(self.connected()) as connection, closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)

    def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        with closing(self.connected()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()]

    def insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Rows into a table, whose name is quoted already."""
        mark = "?" if self.server is None else "%s"
        marks = ", ".join([mark] * len(rows[0]))
        with closing(self.connected()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("BEGIN")
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            cursor.execute("COMMIT")


def postgres_place(server: PostgresServer) -> Place:
    """A new database of PostgreSQL."""
    return Place(_login("postgresql", server.port, server.new_database(), server.password), server)


def mariadb_place(server: MariaServer) -> Place:
    """A new database of MariaDB."""
    return Place(_login("mysql", server.port, server.new_database(), server.password), server)


def sqlite_place(folder: Path) -> Place:
    """A new file of SQLite."""
    path = folder / "shop.db"
    sqlite3.connect(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL").close()
    return Place(Login(product="sqlite", database=str(path)))


def _login(product: str, port: int, database: str, password: str) -> Login:
    return Login(
        product=product, host="127.0.0.1", port=port, database=database, user=USER, password=password
    )
