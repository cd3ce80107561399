"""Being there as a launcher, and telling who is not there any more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from placekeeper.store.engine import sqlite_engine
from placekeeper.store.migrate import migrate
from placekeeper.store.sql_store import SqlStore
from placekeeper.wiring.presence import LEASE_MS, Presence, present


class Monotonic:
    ms = 0

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    engine = sqlite_engine(tmp_path / "state.db")
    migrate(engine)
    store = SqlStore(engine)
    yield store
    store.close()


def rows(store: SqlStore) -> set[str]:
    with store.read() as tx:
        return set(tx.launchers.all())


def test_a_launcher_lives_while_its_lock_is_held(store: SqlStore, tmp_path: Path) -> None:
    clock = Monotonic()
    observer = Presence("run-observer", store, tmp_path, clock)
    with present("run-", store, tmp_path, clock) as other:
        assert observer.lost(frozenset({other.identity})) == frozenset()
        lock = tmp_path / "launchers" / f"{other.identity}.lock"
        assert lock.exists()
    assert not lock.exists()
    assert rows(store) == set()
    assert observer.lost(frozenset({other.identity})) == {other.identity}  # it has left: nobody answers


def test_who_died_is_told_by_its_free_lock_and_forgotten(store: SqlStore, tmp_path: Path) -> None:
    dead = Presence("run-dead", store, tmp_path, Monotonic())
    dead.renew()
    (tmp_path / "launchers").mkdir()
    (tmp_path / "launchers" / "run-dead.lock").touch()  # what a kill -9 leaves: the file, not the lock

    observer = Presence("run-observer", store, tmp_path, Monotonic())
    assert observer.lost(frozenset()) == {"run-dead"}
    observer.forget(frozenset({"run-dead"}))
    assert rows(store) == set()
    assert list((tmp_path / "launchers").iterdir()) == []


def test_elsewhere_the_lease_tells(store: SqlStore, tmp_path: Path) -> None:
    clock = Monotonic()
    far = Presence("supervisor-far", store, tmp_path / "elsewhere", clock)
    far.renew()
    observer = Presence("run-observer", store, tmp_path, clock)
    asked = frozenset({far.identity})
    assert observer.lost(asked) == frozenset()
    clock.ms = LEASE_MS - 1
    far.renew()
    assert observer.lost(asked) == frozenset()
    clock.ms += LEASE_MS
    assert observer.lost(asked) == asked
    observer.forget(asked)
    far.renew()  # it was only asleep: it comes back
    assert rows(store) == {far.identity}
    assert observer.lost(asked) == frozenset()


def test_a_lock_of_another_machine_says_nothing_where_locks_stay_on_theirs(
    store: SqlStore, tmp_path: Path
) -> None:
    with store.write() as tx:
        tx.launchers.insert("run-far", host="far", pid=1)
    (tmp_path / "launchers").mkdir()
    (tmp_path / "launchers" / "run-far.lock").touch()
    here = Presence("run-a", store, tmp_path, Monotonic(), is_shared=True)
    assert here.lost(frozenset({"run-far"})) == frozenset()
    alone = Presence("run-a", store, tmp_path, Monotonic())
    assert alone.lost(frozenset({"run-far"})) == {
        "run-far"
    }  # a container with another name, but the same disk


def test_nobody_loses_himself(store: SqlStore, tmp_path: Path) -> None:
    me = Presence("run-me", store, tmp_path, Monotonic())
    assert me.lost(frozenset({"run-me"})) == frozenset()
