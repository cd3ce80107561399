"""What is PostgreSQL's own: refusals that say what to do, restarts, waits with an end, collations."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, text

from placekeeper.model.errors import InvalidInputException, MissingExtra, StateError, UsageError
from placekeeper.store import postgres as postgres_store
from placekeeper.store import store as store_module
from placekeeper.store.connection import shown
from placekeeper.store.postgres import advice, postgres_engine
from placekeeper.store.store import SqlStore
from postgres import PostgresServer

Connect = Callable[[str], Engine]


@pytest.fixture
def at() -> Iterator[Connect]:
    """Engines at URLs, closed at the end."""
    made: list[Engine] = []

    def connect(url: str) -> Engine:
        made.append(postgres_engine(url))
        return made[-1]

    yield connect
    for engine in made:
        engine.dispose()


def _ask(engine: Engine, question: str = "SELECT 1") -> object:
    with engine.connect() as connection:
        return connection.execute(text(question)).scalar()


def _refusal(engine: Engine) -> str:
    with pytest.raises(StateError) as refused:
        _ask(engine)
    said = str(refused.value)
    assert "\n" not in said
    return said


def test_a_refusal_says_what_to_do(postgres: PostgresServer, at: Connect) -> None:
    said = _refusal(at(postgres.url("absent")))
    assert f"127.0.0.1:{postgres.port}/absent cannot be used" in said
    assert 'database "absent" does not exist. Create it first' in said
    assert "Check user and password." in _refusal(at(postgres.url("postgres", password="s3cret")))
    assert "Connection refused. Check that it runs" in _refusal(at("postgresql://u:s3cret@127.0.0.1:1/d"))
    assert "nowhere.invalid" in _refusal(at("postgres://u:s3cret@nowhere.invalid/d"))
    assert 'invalid connection option "absent"' in _refusal(at("postgresql://u:s3cret@127.0.0.1/d?absent=1"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3cret@127.0.0.1:1/d",
        "postgresql://u@127.0.0.1:1/d?password=s3cret&sslmode=prefer",
        "postgresql://u:s3cret@/d?host=/nowhere",
    ],
)
def test_no_password_is_ever_printed(url: str, at: Connect) -> None:
    engine = at(url)
    assert "s3cret" not in _refusal(engine) + shown(engine.url) + repr(engine)
    assert shown(engine.url).startswith("postgresql://u")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3@cret@127.0.0.1/d",
        "postgresql://u:s3cret@127.0.0.1:x/d",
        "postgresql://u:s3cret@127.0.0.1",
        "mysql://u:s3cret@127.0.0.1/d",
        "postgresql+psycopg2://u:s3cret@127.0.0.1/d",
        "s3cret",
    ],
)
def test_a_url_that_cannot_be_understood_is_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="postgresql://USER:PASSWORD@HOST:PORT/NAME") as refused:
        postgres_engine(url)
    assert "cret" not in str(refused.value)


def test_a_role_that_is_not_there_is_created_and_not_a_database() -> None:
    assert "createuser" in advice('connection failed: FATAL:  role "dan" does not exist')
    assert "createdb" in advice('connection failed: FATAL:  database "lake" does not exist')


def test_without_psycopg_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match="a state in PostgreSQL needs the extra 'postgres'"):
        postgres_engine("postgresql://u@127.0.0.1/d")


def test_an_encoding_that_cannot_hold_every_name_is_refused(postgres: PostgresServer, at: Connect) -> None:
    with postgres.connected() as connection:
        connection.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
    assert "ascii has the encoding SQL_ASCII" in _refusal(at(postgres.url("ascii")))


def test_a_name_that_no_index_holds_is_the_callers_fault(postgres_url: str, at: Connect) -> None:
    name = "".join(chr(0x4E00 + n * n % 20_000) for n in range(4000))  # hardly to be compressed
    with pytest.raises(InvalidInputException, match="too long"), SqlStore(at(postgres_url)).write() as tx:
        tx.bookmarks.create(name, now_ms=1)


def test_a_restart_between_requests_is_not_noticed(
    postgres: PostgresServer, postgres_url: str, at: Connect
) -> None:
    store = SqlStore(at(postgres_url))
    with store.write() as tx:
        tx.bookmarks.create("b", now_ms=1)
    postgres.stop()
    starting = threading.Timer(0.3, postgres.start)
    starting.start()
    with store.read() as tx:
        assert tx.bookmarks.live_id("b") is not None
    starting.join()


def test_a_server_that_stays_away_is_an_error(
    postgres: PostgresServer, postgres_url: str, at: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "PATIENCE_S", 0.1)
    store = SqlStore(at(postgres_url))
    with store.write() as tx:
        tx.bookmarks.create("b", now_ms=1)
    postgres.stop()
    try:
        with pytest.raises(StateError, match=r"Connection refused\. Check that it runs"), store.read() as tx:
            tx.bookmarks.live_id("b")
    finally:
        postgres.start()
    with store.read() as tx:
        assert tx.bookmarks.live_id("b") is not None


def test_a_restart_within_a_transaction_is_an_error_and_leaves_nothing(
    postgres: PostgresServer, postgres_url: str, at: Connect
) -> None:
    store = SqlStore(at(postgres_url))

    def write() -> None:
        with store.write() as tx:
            tx.bookmarks.create("b", now_ms=1)
            postgres.stop()
            postgres.start()
            tx.bookmarks.create("c", now_ms=1)

    with pytest.raises(StateError, match="then try again"):
        write()
    with store.read() as tx:
        assert (tx.bookmarks.live_id("b"), tx.bookmarks.live_id("c")) == (None, None)


def test_readers_do_not_queue_behind_writers(postgres_url: str, at: Connect) -> None:
    engine = at(postgres_url)
    store = SqlStore(engine)
    with ExitStack() as held:
        for _ in range(16):  # more than SQLAlchemy's pool has by itself
            held.enter_context(store.write(in_turn=False))
        with store.read() as tx:
            assert tx.jobs.get("j") is None


def test_no_free_connection_is_an_error_of_ours(
    postgres_url: str, at: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_store, "POOL_SIZE", 1)
    engine = at(postgres_url)
    engine.pool._timeout = 0.1  # type: ignore[attr-defined]
    store = SqlStore(engine)
    with ExitStack() as held:
        for _ in range(11):  # ten beyond the pool
            held.enter_context(store.read())
        with pytest.raises(StateError, match="none became free"), store.read():
            pass


def test_a_writer_does_not_wait_for_ever(postgres_url: str, at: Connect) -> None:
    first = SqlStore(at(postgres_url))
    second = SqlStore(at(f"{postgres_url}?options=-clock_timeout%3D100"))
    with (
        first.write(),
        pytest.raises(StateError, match="Another writer keeps the database busy; try again"),
        second.write(),
    ):
        pass


def test_a_lease_is_renewed_while_another_writes(postgres_url: str, at: Connect) -> None:
    """A machine that froze in a transaction would end every lease."""
    store = SqlStore(at(f"{postgres_url}?options=-clock_timeout%3D100"))
    with store.write(in_turn=False) as tx:
        tx.launchers.insert("l", host="h")
    with SqlStore(at(postgres_url)).write(), store.write(in_turn=False) as tx:
        assert tx.launchers.renew("l")
    with store.read() as tx:
        assert tx.launchers.renewals("l") == 1


def test_a_writer_that_froze_gives_the_lock_back(
    postgres_url: str, at: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = SqlStore(at(postgres_url))
    monkeypatch.setattr(postgres_store, "WRITER_IDLE", "100ms")

    def freeze() -> None:
        with frozen.write() as tx:
            tx.bookmarks.create("b", now_ms=1)
            with SqlStore(at(postgres_url)).write() as other:
                assert other.bookmarks.live_id("b") is None
            tx.bookmarks.create("c", now_ms=1)

    with pytest.raises(StateError, match="idle-in-transaction timeout"):
        freeze()


def test_a_commit_is_durable_whatever_the_server_defaults_to(
    postgres: PostgresServer, postgres_url: str, at: Connect
) -> None:
    with postgres.connected() as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
    assert _ask(at(postgres_url), "SHOW synchronous_commit") == "on"
    assert (
        _ask(at(f"{postgres_url}?options=-csynchronous_commit%3Dlocal"), "SHOW synchronous_commit") == "local"
    )


def test_every_text_sorts_by_its_bytes(postgres_url: str, at: Connect) -> None:
    others = "SELECT string_agg(table_name || '.' || column_name, ' ') FROM information_schema.columns "
    others += "WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
    assert _ask(at(postgres_url), others) is None
