"""What SQLite refuses, and what is said of it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from placekeeper.model.errors import StateError, StateNotWhole, StateUnfit
from placekeeper.model.jobs import Job
from placekeeper.store import connection as engine_module
from placekeeper.store.connection import sqlite_engine, sqlite_reader
from placekeeper.store.sqlite_errors import lacks_file_beside
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite

SECRET = "TOPSECRET-hunter2"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_S", 0.1)
    made = migrated_sqlite(tmp_path / "state.db")
    yield made
    made.dispose()


def job(name: str, size: int = 0) -> Job:
    return Job(name=name, spec={"--password": SECRET, "pad": "p" * size}, created_ms=1, modified_ms=1)


def test_a_busy_state_says_who_keeps_it(engine: Engine, tmp_path: Path) -> None:
    store = SqlStore(engine)
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match=r"locked.*fuser .*state\.db"), store.write():
            pass


def test_a_full_disk_is_said_without_what_was_written(engine: Engine) -> None:
    store = SqlStore(engine)

    def insert(size: int, max_pages: int) -> None:
        with store.write() as tx:
            tx.jobs._connection.execute(text(f"PRAGMA max_page_count={max_pages}"))
            tx.jobs.insert(job("a", size))

    with pytest.raises(StateError) as refused:
        insert(100_000, max_pages=1)  # it stays as large as it is
    assert "disk is full. Make room" in str(refused.value)
    assert SECRET not in str(refused.value)
    insert(0, max_pages=100_000)  # the next one is not hurt


def test_no_error_has_what_was_written(engine: Engine) -> None:
    with pytest.raises(IntegrityError) as refused, engine.begin() as connection:
        connection.execute(text("INSERT INTO jobs (name, spec) VALUES (NULL, :spec)"), {"spec": SECRET})
    assert SECRET not in str(refused.value)


def test_mistakes_of_ours_stay_what_they_are(engine: Engine) -> None:
    with pytest.raises(OperationalError, match="no such table"), engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM absent"))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(b"x" * 9000), "not a database"),
        (lambda path: path.mkdir(), "Let this user write"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, spoil: Callable[[Path], object], said: str) -> None:
    spoil(tmp_path / "state.db")
    made = sqlite_engine(tmp_path / "state.db")
    with pytest.raises(StateError, match=said), made.connect():
        pass


def test_a_broken_file_is_said_by_the_quickest_look_too(engine: Engine, tmp_path: Path) -> None:
    store = SqlStore(engine)
    with store.write() as tx:
        for n in range(200):
            spec = {"Name": f"j{n}", "Description": "x" * 500}
            tx.jobs.insert(Job(name=f"j{n}", spec=spec, created_ms=1, modified_ms=1))
    store.close()
    with closing(sqlite3.connect(tmp_path / "state.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        roots = "SELECT rootpage FROM sqlite_master WHERE tbl_name = 'jobs'"
        pages = [row[0] for row in database.execute(roots)]
        size = database.execute("PRAGMA page_size").fetchone()[0]
    with (tmp_path / "state.db").open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)
    broken = SqlStore(sqlite_engine(tmp_path / "state.db"))
    with pytest.raises(StateError, match="Put a copy of it back"), broken.read_once() as tx:
        tx.jobs.get("j7")
    broken.close()


@pytest.mark.parametrize("is_replaced", [False, True])
def test_nothing_is_written_to_a_database_that_was_removed_or_replaced(
    engine: Engine, tmp_path: Path, is_replaced: bool
) -> None:
    store, path = SqlStore(engine), tmp_path / "state.db"
    with store.write() as tx:
        tx.jobs.insert(job("a"))
    copy = path.read_bytes()
    path.unlink()
    if is_replaced:
        path.write_bytes(copy)
    said = r"state\.db was removed or replaced while it was in use"
    with pytest.raises(StateNotWhole, match=said), store.write() as tx:
        tx.jobs.insert(job("b"))
    with store.read() as tx:
        assert tx.jobs.get("b") is None


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_FULL])
def test_a_full_disk_is_no_reason_not_to_read(code: int) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    assert lacks_file_beside(error)


def test_a_damaged_file_is_not_read_in_another_way(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"no database, whatever its name says" * 100)
    with pytest.raises(StateUnfit, match="It is not a database"):
        sqlite_reader(tmp_path / "state.db").connect()
    with pytest.raises(StateUnfit, match=r"gone\.db cannot be read: unable to open"):
        sqlite_reader(tmp_path / "gone.db").connect()
    assert not (tmp_path / "gone.db").exists()


def test_who_only_reads_cannot_write(engine: Engine, tmp_path: Path) -> None:
    with sqlite_reader(tmp_path / "state.db").connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
        with pytest.raises(StateUnfit, match="readonly"):
            connection.execute(text("CREATE TABLE t (a int)"))
