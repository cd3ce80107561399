"""Being there as a launcher, and telling who is not there any more."""

import fcntl
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from placekeeper.host.lease import LEASE_MS, LONGEST_GAP_MS, Lease, leased
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite


class Monotonic:
    ms = 0

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    engine = migrated_sqlite(tmp_path / "state.db")
    store = SqlStore(engine)
    yield store
    store.close()


def rows(store: SqlStore) -> set[str]:
    with store.read() as tx:
        return set(tx.launchers.all())


def test_a_launcher_lives_while_its_lock_is_held(store: SqlStore, tmp_path: Path) -> None:
    clock = Monotonic()
    observer = Lease("run-observer", store, tmp_path, clock)
    with leased("run-", store, tmp_path, clock) as other:
        assert observer.lost(frozenset({other.identity})) == {}
        lock = tmp_path / "launchers" / f"{other.identity}.lock"
        assert lock.exists()
    assert not lock.exists()
    assert rows(store) == set()
    assert observer.lost(frozenset({other.identity})) == {other.identity: None}  # it has left


def test_who_died_is_told_by_its_free_lock_and_forgotten(store: SqlStore, tmp_path: Path) -> None:
    dead = Lease("run-dead", store, tmp_path, Monotonic())
    dead.renew()
    (tmp_path / "launchers").mkdir()
    (tmp_path / "launchers" / "run-dead.lock").touch()  # what a kill -9 leaves: the file, not the lock

    observer = Lease("run-observer", store, tmp_path, Monotonic())
    lost = observer.lost(frozenset())
    assert lost == {"run-dead": 0}
    observer.forget(lost)
    assert rows(store) == set()
    assert list((tmp_path / "launchers").iterdir()) == []


def look_for(ms: int, observer: Lease, clock: Monotonic) -> Mapping[str, int | None]:
    """Whom an observer holds for dead after that long, in which it looks as a supervisor does."""
    end = clock.ms + ms
    observer.lost(frozenset())
    while clock.ms < end:
        clock.ms = min(end, clock.ms + LONGEST_GAP_MS)
        lost = observer.lost(frozenset())
    return lost


def test_elsewhere_the_lease_tells(store: SqlStore, tmp_path: Path) -> None:
    clock = Monotonic()
    far = Lease("supervisor-far", store, tmp_path / "elsewhere", clock)
    far.renew()
    observer = Lease("run-observer", store, tmp_path, clock)
    assert look_for(LEASE_MS - 1, observer, clock) == {}
    far.renew()
    assert look_for(LEASE_MS - 1, observer, clock) == {}
    lost = look_for(1, observer, clock)
    assert lost == {far.identity: 1}
    observer.forget(lost)
    assert rows(store) == set()
    far.renew()  # it was only asleep: it comes back
    assert rows(store) == {far.identity}
    assert observer.lost(frozenset({far.identity})) == {}


def test_who_comes_back_meanwhile_is_not_forgotten(store: SqlStore, tmp_path: Path) -> None:
    clock = Monotonic()
    far = Lease("supervisor-far", store, tmp_path / "elsewhere", clock)
    far.renew()
    observer = Lease("run-observer", store, tmp_path, clock)
    lost = look_for(LEASE_MS, observer, clock)
    far.renew()
    observer.forget(lost)
    assert rows(store) == {far.identity}


def test_an_outage_of_the_database_ends_no_lease(store: SqlStore, tmp_path: Path) -> None:
    clock = Monotonic()
    far = Lease("supervisor-far", store, tmp_path / "elsewhere", clock)
    far.renew()
    observer = Lease("run-observer", store, tmp_path, clock)
    assert look_for(LEASE_MS // 2, observer, clock) == {}
    clock.ms += LEASE_MS + 4_000
    assert observer.lost(frozenset()) == {}
    assert look_for(LEASE_MS, observer, clock) == {far.identity: 0}


def test_one_who_sleeps_on_this_machine_lives(store: SqlStore, tmp_path: Path) -> None:
    """Ctrl-Z on `placekeeper run`: its lock is held, whatever its lease says."""
    clock = Monotonic()
    asleep = Lease("run-asleep", store, tmp_path, clock)
    asleep.renew()
    path = tmp_path / "launchers" / "run-asleep.lock"
    path.parent.mkdir()
    observer = Lease("run-observer", store, tmp_path, clock, is_shared=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert look_for(2 * LEASE_MS, observer, clock) == {}
    assert look_for(1, observer, clock) == {"run-asleep": 0}


def test_a_lock_of_another_machine_says_nothing_where_locks_stay_on_theirs(
    store: SqlStore, tmp_path: Path
) -> None:
    with store.write() as tx:
        tx.launchers.insert("run-far", host="far")
    (tmp_path / "launchers").mkdir()
    (tmp_path / "launchers" / "run-far.lock").touch()
    here = Lease("run-a", store, tmp_path, Monotonic(), is_shared=True)
    assert here.lost(frozenset({"run-far"})) == {}
    alone = Lease("run-a", store, tmp_path, Monotonic())
    assert alone.lost(frozenset({"run-far"})) == {"run-far": 0}  # another container, but the same disk


def test_nobody_loses_himself(store: SqlStore, tmp_path: Path) -> None:
    me = Lease("run-me", store, tmp_path, Monotonic())
    assert me.lost(frozenset({"run-me"})) == {}
