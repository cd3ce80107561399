"""What dead runs leave is removed after the grace period, and nothing that is still needed is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controls import control_over
from placekeeper.keys.ring import KeyRing
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.element import FileElement
from placekeeper.model.exchange import CommitRequest, OpenRequest, PublicationRequest
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.model.publication import StagedFile
from placekeeper.model.segments import SegmentRef
from placekeeper.rules.bookmarks import versions
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite

GRACE_MS = 1_000
FILE = StagedFile(path="file:///out/a", size=1, rows=1, staged="file:///out/_placekeeper/a")


class Clock:
    ms = 10_000

    def now_ms(self) -> int:
        return self.ms


class Sweeping:
    """Records what is swept; refuses while the test says so."""

    def __init__(self) -> None:
        self.swept: list[tuple[str, str]] = []
        self.broken = False

    def sweep(self, target: str, *, run_id: str) -> int:
        if self.broken:
            raise OSError("no answer")
        self.swept.append((target, run_id))
        return 2


class NoSegments:
    older_than_ms = 0

    def collect(self, referenced: frozenset[str], *, older_than_ms: int) -> list[str]:
        self.older_than_ms = older_than_ms
        return []


class Tidied:
    """When garbage was last looked for, by a clock that does not go on."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.last_ms: int | None = None

    def read_ms(self) -> int | None:
        return self.last_ms

    def record(self) -> None:
        self.last_ms = self.clock.ms


class World:
    def __init__(self, path: Path) -> None:
        engine = migrated_sqlite(path)
        self.store = SqlStore(engine)
        self.clock = Clock()
        self.staging = Sweeping()
        self.segments = NoSegments()
        self.tidied = Tidied(self.clock)
        ids = iter(f"{n:064x}" for n in range(1, 1_000))
        self.control = control_over(
            store=self.store,
            clock=self.clock,
            staging=self.staging,
            random_hex=lambda _: next(ids),
            ledger=self.segments,
            grace_ms=GRACE_MS,
            last_tidied=self.tidied,
        )
        self.housekeeping = self.control.housekeeping

    def staged_run(self) -> JobRun:
        run, _ = self.control.run_starter.register(
            "j", script_location="/s.py", arguments={}, launcher="h:1:1"
        )
        self.control.lifecycle.move(run, JobRunState.RUNNING)
        self.control.runs.add_staging(run, "file:///out")
        return run


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "state.db")
    yield world
    world.store.close()


def test_a_living_run_keeps_what_it_stages_however_long_it_takes(world: World) -> None:
    world.staged_run()
    world.clock.ms += 100 * GRACE_MS

    assert world.housekeeping.collect() == (0, 0)
    assert world.staging.swept == []


def test_a_dead_run_keeps_it_for_the_grace_period_and_is_swept_once(world: World) -> None:
    run = world.staged_run()
    world.control.lifecycle.move(run, JobRunState.FAILED, "killed")

    assert world.housekeeping.collect() == (0, 0)
    world.clock.ms += GRACE_MS
    assert world.housekeeping.collect() == (2, 0)
    assert world.housekeeping.collect() == (0, 0)
    assert world.staging.swept == [("file:///out", run.id)]


def test_what_is_decided_and_not_visible_yet_is_never_swept(world: World) -> None:
    run = world.staged_run()
    world.control.publications.begin(run, PublicationRequest(manifest=(FILE,)))
    world.control.lifecycle.move(run, JobRunState.FAILED, "killed")
    world.clock.ms += 100 * GRACE_MS

    assert world.housekeeping.collect() == (0, 0)


def test_segments_that_a_living_run_may_have_written_are_never_collected(world: World) -> None:
    run = world.staged_run()
    world.clock.ms += 100 * GRACE_MS
    world.housekeeping.collect()
    assert world.segments.older_than_ms == run.started_ms

    world.control.lifecycle.move(run, JobRunState.FAILED, "killed")
    world.housekeeping.collect()
    assert world.segments.older_than_ms == world.clock.ms - GRACE_MS


def test_a_store_that_does_not_answer_is_asked_again_later(world: World) -> None:
    run = world.staged_run()
    world.control.lifecycle.move(run, JobRunState.FAILED, "killed")
    world.clock.ms += GRACE_MS
    world.staging.broken = True
    assert world.housekeeping.collect() == (0, 0)

    world.staging.broken = False
    assert world.housekeeping.collect() == (2, 0)


def test_no_segment_goes_while_a_key_is_missing(world: World, tmp_path: Path) -> None:
    keyed = SqlStore(sqlite_engine(tmp_path / "state.db"), KeyRing({"key": bytes(32)}))
    with keyed.write() as tx:
        opening = versions.opened(None, run_id="jr_1", now_ms=1)
        bookmark_id = tx.bookmarks.create("b", now_ms=1)
        tx.bookmarks.append(bookmark_id, opening)
        tx.bookmarks.append(bookmark_id, versions.committed(opening, now_ms=2), state={}, key="key")
    keyed.close()
    world.clock.ms += 100 * GRACE_MS

    assert world.housekeeping.collect() == (0, 0)
    assert world.segments.older_than_ms == 0, "nobody was asked to collect"


def test_what_a_rewind_brings_back_meanwhile_is_not_given_up(world: World, monkeypatch: Any) -> None:
    """It comes between looking for segments that no state needs and giving them up: looked at again."""
    run = world.staged_run()
    enable = OpenRequest(name="j", option=BookmarkOption.ENABLE)
    segment = SegmentRef(key="s.parquet", rows=1, size=1, digest="d")
    element = FileElement(source=None, run=1, watermark_ms=1, segments=(segment,))
    version = world.control.bookmarks.open(run, enable).version
    assert version is not None
    world.control.bookmarks.commit(
        run, CommitRequest(name="j", version=version, elements={"in": element}, manifest=())
    )
    world.control.lifecycle.move(run, JobRunState.FAILED, "over")
    world.control.bookmarks.reset("j")
    world.clock.ms += 400 * 24 * 3_600_000  # beyond the retention
    write, rewinds = world.store.write, [lambda: world.control.bookmarks.reset("j", run.id)]

    def after_a_rewind() -> Any:
        while rewinds:
            rewinds.pop()()
        return write()

    monkeypatch.setattr(world.store, "write", after_a_rewind)
    world.housekeeping._collect_segments()
    monkeypatch.undo()
    with world.store.read() as tx:
        assert tx.merges.dropped({"s.parquet"}) == set()

    world.control.bookmarks.reset("j")
    world.clock.ms += 400 * 24 * 3_600_000
    world.housekeeping._collect_segments()
    with world.store.read() as tx:
        assert tx.merges.dropped({"s.parquet"}) == {"s.parquet"}


def test_garbage_is_looked_for_once_per_grace_period(world: World) -> None:
    run = world.staged_run()
    world.control.lifecycle.move(run, JobRunState.FAILED, "x")
    world.clock.ms += GRACE_MS
    assert world.housekeeping.tidy() == (2, 0)
    assert world.housekeeping.tidied_ms == world.tidied.last_ms
    again = world.staged_run()
    world.control.lifecycle.move(again, JobRunState.FAILED, "x")
    world.clock.ms += GRACE_MS - 10
    assert world.housekeeping.tidy() == (0, 0)
    world.clock.ms += 10 + GRACE_MS
    assert world.housekeeping.tidy() == (2, 0)
