"""Merging as a use case: what becomes of segments, who else looks at them, what a rewind still reaches."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from controls import control_over
from placekeeper.control.ledger.compaction import Compaction
from placekeeper.keys.ring import KeyRing
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.element import FileElement
from placekeeper.model.errors import InvalidInputException, KeyMissing
from placekeeper.model.exchange import CommitRequest, OpenRequest
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import FileSource
from placekeeper.rules.ledger.compaction import WIDTH
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite

NAME = "flights"
KEY = "arn:aws:kms:r:1:key/1"
KEYS = KeyRing({KEY: b"k" * 32})
GRACE_MS, RETENTION_MS = 1_000, 100_000
SOURCE = FileSource(connection_type="file", paths=("file:///in",), format="csv")


class Clock:
    ms = 4_000_000_000_000  # later than any file is old

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms


class World:
    """A state on disk; each run reads the paths that the test says."""

    def __init__(self, folder: Path, keys: KeyRing | None = None) -> None:
        engine = migrated_sqlite(folder / "state.db")
        self.clock = Clock()
        self.store = SqlStore(engine, *([keys] if keys else []))
        self.ledger = SegmentFolder(folder / "segments", *([keys] if keys else []))
        self.points: list[str] = []
        ids = iter(f"{n:064x}" for n in range(1, 10_000))
        self.control = control_over(
            store=self.store,
            clock=self.clock,
            staging=None,
            random_hex=lambda _: next(ids),
            ledger=self.ledger,
            checkpoint=self.points.append,
            grace_ms=GRACE_MS,
            retention_ms=RETENTION_MS,
        )
        self.compaction = self.control.compaction
        self.housekeeping = self.control.housekeeping

    def begin(self):
        run, _ = self.control.run_starter.register(NAME, script_location="/s", arguments={}, launcher="h:1:1")
        return run, self.control.bookmarks.open(run, OpenRequest(name=NAME, option=BookmarkOption.ENABLE))

    def commit(self, run: JobRun, opened, *paths: str, key: str | None = None, dated: bool = True) -> JobRun:
        version = opened.version + 1
        rows = [
            {
                "path": path,
                "last_modified_ms": 1,
                "size": 1,
                "e_tag": None,
                "bookmark_version": version,
                "run_id": run.id,
            }
            for path in sorted(paths)
        ]
        written = self.ledger.sealed_with(key).write(
            f"{run.id}/ctx.parquet",
            [pa.RecordBatch.from_pylist(rows, schema=LEDGER_SCHEMA)],
            versions=((version, version),) if dated else (),
        )
        before = opened.state["ctx"].segments if "ctx" in opened.state else ()
        element = FileElement(source=SOURCE, run=opened.run, watermark_ms=1, segments=(*before, written))
        self.control.bookmarks.commit(
            run, CommitRequest(name=NAME, version=version - 1, elements={"ctx": element}, manifest=())
        )
        self.control.lifecycle.move(run, JobRunState.FAILED, "over")
        return run

    def run(self, *paths: str, **what) -> JobRun:
        return self.commit(*self.begin(), *paths, **what)

    def segments(self) -> tuple[SegmentRef, ...]:
        return self.control.bookmarks.state(NAME)[1]["ctx"].segments

    def rows(self) -> dict[str, int]:
        return self.rows_of(self.segments())

    def rows_of(self, segments) -> dict[str, int]:
        return {
            row["path"]: row["bookmark_version"]
            for batch in self.ledger.rows(segments)
            for row in batch.to_pylist()
        }

    def files(self) -> int:
        return len(list(self.ledger.folder.rglob("*.parquet")))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.store.close()


def test_many_segments_become_one_and_the_next_commit_says_so(world: World) -> None:
    for n in range(WIDTH):
        world.run(f"p{n}", "again")
    before = world.rows()

    merged = world.compaction.merge()

    assert (merged.segments, merged.into, merged.troubles) == (WIDTH, 1, ())
    assert [segment.versions for segment in world.segments()] == [((2, 2 * WIDTH),)]
    assert world.rows() == before
    world.run("p99")
    with world.store.read() as tx:
        stored = dict(tx.bookmarks.stored_states(tx.bookmarks.live_id(NAME)))
    assert len(stored[2 * WIDTH + 2]["ctx"].segments) == 2


def test_nothing_is_merged_twice_or_when_nothing_has_changed(world: World) -> None:
    for n in range(WIDTH):
        world.run(f"p{n}")
    assert world.compaction.merge().into == 1
    assert world.compaction.merge().into == 0


def test_what_is_too_much_is_left_to_others(world: World) -> None:
    for n in range(WIDTH):
        world.run(f"p{n}")
    assert world.compaction.merge(only=NAME, most_rows=WIDTH - 1).into == 0
    assert world.compaction.merge(only="another").into == 0
    world.run("one more")
    assert world.compaction.merge(only=NAME, most_rows=WIDTH + 1).into == 1


def test_of_two_who_merge_the_same_one_wins(world: World) -> None:
    for n in range(WIDTH):
        world.run(f"p{n}")
    other = Compaction(
        world.store,
        world.clock,
        world.ledger,
        lambda _: "other",
        lambda _: None,
        retention_ms=RETENTION_MS,
    )
    overtaken: list[int] = []

    def overtake(point: str) -> None:
        if point == "merge.written" and not overtaken:
            overtaken.append(other.merge().into)

    world.compaction.checkpoint = overtake
    assert world.compaction.merge().into == 0
    assert overtaken == [1]
    assert [segment.key for segment in world.segments()] == ["merged/other.parquet"]


def test_segments_that_do_not_say_their_version_are_merged_too(world: World) -> None:
    for n in range(WIDTH):
        world.run(f"p{n}", dated=False)
    before = world.rows()
    assert world.compaction.merge().into == 1
    assert len(world.segments()) == 1
    assert world.rows() == before


def test_a_damaged_segment_is_said_and_nothing_is_merged(world: World) -> None:
    for n in range(WIDTH):
        world.run(f"p{n}")
    path = world.ledger.folder / world.segments()[3].key
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)

    merged = world.compaction.merge()

    assert merged.into == 0
    assert "its digest is not what the commit recorded" in merged.troubles[0]


def test_originals_go_after_the_grace_period(world: World) -> None:
    for n in range(WIDTH):
        world.run(f"p{n}")
    before = world.rows()
    world.compaction.merge()
    assert world.housekeeping.collect() == (0, 0)
    world.clock.ms += 2 * GRACE_MS
    assert world.housekeeping.collect() == (0, 0), "given up now: whoever opened the state before still reads"
    world.clock.ms += 2 * GRACE_MS
    assert world.housekeeping.collect() == (0, WIDTH)
    assert world.files() == 1
    assert world.rows() == before


def test_a_run_that_began_before_keeps_what_it_opened(world: World) -> None:
    for n in range(WIDTH):
        world.run(f"p{n}")
    run, opened = world.begin()
    world.compaction.merge()
    world.clock.ms += 100 * GRACE_MS
    assert world.housekeeping.collect() == (0, 0)
    assert len(world.rows_of(opened.state["ctx"].segments)) == WIDTH
    world.commit(run, opened, "late")
    world.housekeeping.collect()
    world.clock.ms += 2 * GRACE_MS
    assert world.housekeeping.collect() == (0, WIDTH)
    assert len(world.rows()) == WIDTH + 1


def test_a_range_that_reads_what_is_given_up_meanwhile_reads_it_whole(world: World) -> None:
    """Its states may be older than the retention; nobody else needs their segments."""
    runs = [world.run(f"p{n}") for n in range(3)]
    world.control.bookmarks.reset(NAME)
    world.clock.ms += 2 * RETENTION_MS
    world.run("newest")
    reader, _ = world.control.run_starter.register(NAME, script_location="/s", arguments={}, launcher="h:1:1")
    range_ = (runs[0].id, runs[2].id)
    request = OpenRequest(name=NAME, option=BookmarkOption.PAUSE, range=range_)
    opened = world.control.bookmarks.open(reader, request)

    world.housekeeping.collect()
    world.clock.ms += 100 * GRACE_MS
    world.housekeeping.collect()

    assert world.rows_of(opened.state["ctx"].segments) == {"p0": 2, "p1": 4, "p2": 6}
    with pytest.raises(InvalidInputException, match="PLACEKEEPER_RETENTION_DAYS"):
        world.control.bookmarks.open(reader, request)
    world.control.lifecycle.move(reader, JobRunState.FAILED, "over")
    assert world.housekeeping.collect() == (0, 3)


def test_a_rewind_within_the_retention_is_exact_after_merging(world: World) -> None:
    runs = [world.run("again", f"p{n}") for n in range(WIDTH)]
    world.compaction.merge()
    world.clock.ms += 2 * GRACE_MS
    world.housekeeping.collect()
    world.control.bookmarks.reset(NAME, runs[2].id)
    assert world.rows() == {"p0": 2, "p1": 4, "p2": 6, "again": 6}
    world.run("new")
    assert world.rows() == {"p0": 2, "p1": 4, "p2": 6, "again": 6, "new": 19}


def test_a_rewind_to_what_is_older_than_the_retention_is_refused_not_wrong(world: World) -> None:
    runs = [world.run("again", f"p{n}") for n in range(WIDTH)]
    world.clock.ms += 2 * RETENTION_MS
    world.run("newest")
    world.compaction.merge()
    world.clock.ms += 2 * GRACE_MS
    world.housekeeping.collect()

    with pytest.raises(InvalidInputException, match="PLACEKEEPER_RETENTION_DAYS"):
        world.control.bookmarks.reset(NAME, runs[2].id)
    world.control.bookmarks.reset(NAME, runs[-1].id)
    assert world.rows() == {"again": 16, **{f"p{n}": 2 + 2 * n for n in range(WIDTH)}}


def test_what_a_merge_let_go_its_merges_lack_too(world: World) -> None:
    """Merged, thinned, and merged again: the second one says as well which states it cannot stand for."""
    for n in range(WIDTH):
        world.run("again", f"p{n}")
    world.clock.ms += 2 * RETENTION_MS
    world.compaction.merge()
    for n in range(WIDTH):
        world.run(f"q{n}", f"r{n}")
    world.compaction.merge()
    (segment,) = world.segments()
    assert segment.whole_from == 2 * WIDTH


def test_encrypted_segments_stay_encrypted_with_their_key(tmp_path: Path) -> None:
    world = World(tmp_path, KEYS)
    for n in range(WIDTH):
        world.run(f"secret-path-{n}", key=KEY if n == 2 else None)
    assert world.compaction.merge().into == 1
    (segment,) = world.segments()
    assert world.ledger.key_of([segment]) == KEY
    assert b"secret-path" not in (world.ledger.folder / segment.key).read_bytes()
    world.store.close()

    without = World(tmp_path)
    with pytest.raises(KeyMissing):
        without.control.bookmarks.state(NAME)
    assert KEY in without.compaction.merge().troubles[0]
    without.store.close()
