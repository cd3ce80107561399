"""Random histories with merges: at every version that can be reached, what is read is what it was.

Runs begin, commit, die and are taken back, in any order and at the same time; somebody resets and rewinds;
neighbouring segments are merged, old ones dropped, and time goes by until the retention is over. The oracle
is a dict from path to the version that counts. SQLite and Parquet are real.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from controls import control_over
from placekeeper.control.ledger import compaction
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.bookmark import BookmarkOption, BookmarkState
from placekeeper.model.element import FileElement
from placekeeper.model.errors import InvalidInputException, VersionMismatchException
from placekeeper.model.exchange import CommitRequest, Opened, OpenRequest, PublishFailure
from placekeeper.model.jobs import OPEN_STATES, JobRun, JobRunState
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.model.publication import StagedFile
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import FileSource
from placekeeper.store.postgres import postgres_engine
from placekeeper.store.store import SqlStore
from postgres import PostgresServer
from sqlite_state import migrated_sqlite

NAME = "job"
CONTEXTS = ("orders", "people")
SOURCE = FileSource(connection_type="s3", paths=("s3://b",), format="csv")
FILE = StagedFile(path="s3://b/out", size=1, rows=1, staged="s3://b/staged")
RETENTION_MS, GRACE_MS = 400, 20
MEMORY = Path("/dev/shm")

Rows = dict[tuple[str, str], int]
"""The version that counts, by context and path."""


class Clock:
    """Begins now, because segments are files and have times of their own."""

    def __init__(self) -> None:
        self.ms = 2_000_000_000_000

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms


class TimedFolder(SegmentFolder, kw_only=True):
    """Segments whose files are as old as the clock says."""

    clock: Clock

    def write(self, key: str, rows: Iterable[pa.RecordBatch], **what) -> SegmentRef:
        ref = super().write(key, rows, **what)
        os.utime(self.folder / key, ns=(self.clock.ms * 1_000_000,) * 2)
        return ref

    def sealed_with(self, key: str | None) -> "SegmentFolder":
        return self


class NoStaging:
    def take_back(self, file: StagedFile) -> None:
        """Nothing was published."""


@dataclass
class Going:
    """A run that has opened the bookmark, and what it must find."""

    run: JobRun
    opened: Opened
    before: Rows


class MergedHistories(RuleBasedStateMachine):
    """One bookmark with two contexts."""

    going = Bundle("going")
    ended = Bundle("ended")

    @initialize()
    def begin_world(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.clock = Clock()
        self.store = SqlStore(self.connect())
        self.ledger = TimedFolder(self.folder / "segments", clock=self.clock)
        ids = iter(f"{n:064x}" for n in range(1, 100_000))
        self.control = control_over(
            store=self.store,
            clock=self.clock,
            staging=NoStaging(),
            random_hex=lambda _: next(ids),
            ledger=self.ledger,
            grace_ms=GRACE_MS,
            retention_ms=RETENTION_MS,
        )
        self.compaction = self.control.compaction
        self.housekeeping = self.control.housekeeping
        self.rows: Rows = {}
        self.version = 0
        self.committed: dict[int, Rows] = {}
        self.at_end_of: dict[str, Rows] = {}
        self.runs_with_entry = False

    def connect(self) -> Engine:
        return migrated_sqlite(self.folder / "state.db")

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        try:
            self.everything_reached_reads_as_if_nothing_was_merged()
            self.what_nobody_needs_goes()
        finally:
            self.store.close()
            shutil.rmtree(self.folder)

    # --- runs ----------------------------------------------------------------------------------------

    @rule(target=going)
    def begin(self) -> Going:
        run, _ = self.control.run_starter.register(
            NAME, script_location="/s.py", arguments={}, launcher="h:1:1"
        )
        self.control.lifecycle.move(run, JobRunState.RUNNING)
        opened = self.control.bookmarks.open(run, OpenRequest(name=NAME, option=BookmarkOption.ENABLE))
        self.version += 1
        self.at_end_of[run.id] = self.rows
        return Going(run, opened, self.rows)

    changes = st.dictionaries(
        st.sampled_from(CONTEXTS), st.sets(st.sampled_from(["s3://b/a", "s3://b/b", "s3://b/c"])), min_size=1
    )

    def _request(self, going: Going, changes: dict[str, set[str]], manifest=()) -> CommitRequest:
        assert going.opened.version is not None
        version = going.opened.version + 1
        elements = {}
        for context, paths in changes.items():
            known = going.opened.state.get(context)
            segments = () if known is None else known.segments
            if paths:
                rows = [
                    {
                        "path": path,
                        "last_modified_ms": version,
                        "size": 1,
                        "e_tag": "x",
                        "bookmark_version": version,
                        "run_id": going.run.id,
                    }
                    for path in sorted(paths)
                ]
                written = self.ledger.write(
                    f"{going.run.id}/{context}.parquet",
                    [pa.RecordBatch.from_pylist(rows, schema=LEDGER_SCHEMA)],
                    versions=((version, version),),
                )
                segments = (*segments, written)
            elements[context] = FileElement(source=SOURCE, run=1, watermark_ms=1, segments=segments)
        return CommitRequest(name=NAME, version=version - 1, elements=elements, manifest=manifest)

    @rule(target=ended, going=consumes(going), changes=changes, is_taken_back=st.booleans())
    def commit(self, going: Going, changes: dict[str, set[str]], is_taken_back: bool = False) -> str:
        assert self._read(going.opened.state) == going.before, (
            "what a run opened stays, however long it goes on"
        )
        request = self._request(going, changes, (FILE,) if is_taken_back else ())
        if going.opened.version != self.version:
            with pytest.raises(VersionMismatchException):
                self.control.bookmarks.commit(going.run, request)
        else:
            self.control.bookmarks.commit(going.run, request)
            self.version += 1
            new = {(context, path): self.version for context, paths in changes.items() for path in paths}
            self.committed[self.version] = going.before | new
            self.runs_with_entry = True
            if is_taken_back:
                self.control.publications.failed(going.run, PublishFailure(error="access lost"))
                self.version += 1
            else:
                self.rows = self.at_end_of[going.run.id] = self.committed[self.version]
        self.control.lifecycle.move(going.run, JobRunState.FAILED, "over")
        return going.run.id

    @rule(target=ended, changes=changes)
    def run_alone(self, changes: dict[str, set[str]]) -> str:
        """The common case, so that histories have a past."""
        return self.commit(self.begin(), changes)

    @rule(target=ended, going=consumes(going))
    def die(self, going: Going) -> str:
        self.control.lifecycle.move(going.run, JobRunState.FAILED, "killed")
        return going.run.id

    # --- resets --------------------------------------------------------------------------------------

    @precondition(lambda self: self.runs_with_entry)
    @rule()
    def reset(self) -> None:
        self.control.bookmarks.reset(NAME)
        self.version += 1
        self.rows = {}

    @precondition(lambda self: self.runs_with_entry)
    @rule(run_id=ended)
    def rewind(self, run_id: str) -> None:
        """To the end of any run; what is older than the retention may be refused, and is never wrong."""
        within = self._reached(self.clock.ms - RETENTION_MS + 5)
        with self.store.read() as tx:
            bookmark_id = tx.bookmarks.live_id(NAME)
            last = tx.bookmarks.last_of_run(bookmark_id, run_id)
        try:
            self.control.bookmarks.reset(NAME, run_id)
        except InvalidInputException:
            assert last.state_version not in within
        else:
            self.version += 1
            self.rows = self.at_end_of[run_id]

    # --- the background ------------------------------------------------------------------------------

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        """Merge any neighbours of a context, not only those that the rule would choose."""
        drawn = False

        def any_window(rows: list[int]) -> slice | None:
            nonlocal drawn
            if drawn or len(rows) < 2:
                return None
            drawn = True
            start = data.draw(st.integers(0, len(rows) - 2))
            return slice(start, data.draw(st.integers(start + 2, len(rows))))

        self.compaction._looked_at.clear()
        with mock.patch.object(compaction, "window", any_window):
            assert not self.compaction.merge().troubles

    @rule()
    def collect(self) -> None:
        self.housekeeping.collect()

    @rule(ms=st.sampled_from([GRACE_MS, RETENTION_MS // 4, RETENTION_MS]))
    def wait(self, ms: int) -> None:
        self.clock.ms += ms

    # --- what is read --------------------------------------------------------------------------------

    def _read(self, state: BookmarkState) -> Rows:
        found: Rows = {}
        for context, element in state.items():
            for batch in self.ledger.rows(element.segments):
                for row in batch.to_pylist():
                    assert (context, row["path"]) not in found
                    assert row["last_modified_ms"] == row["bookmark_version"]
                    found[context, row["path"]] = row["bookmark_version"]
        return found

    def _reached(self, since_ms: int) -> set[int]:
        """Commits whose state was in force after an instant."""
        with self.store.read() as tx:
            bookmark_id = tx.bookmarks.live_id(NAME)
            history = [] if bookmark_id is None else tx.bookmarks.history(bookmark_id)
        ends = [self.clock.ms + 1, *(version.created_ms for version in history)]
        return {
            version.state_version
            for version, end in zip(history, ends, strict=False)
            if version.state_version is not None and end > since_ms
        }

    @invariant()
    def the_newest_state_reads_as_if_nothing_was_merged(self) -> None:
        if hasattr(self, "control"):
            assert self._read(self.control.bookmarks.state(NAME)[1]) == self.rows

    @rule()
    def everything_reached_reads_as_if_nothing_was_merged(self) -> None:
        for version in self._reached(self.clock.ms - RETENTION_MS):
            with self.store.read() as tx:
                bookmark_id = tx.bookmarks.live_id(NAME)
                state = tx.bookmarks.state(bookmark_id, version)
            assert self._read(state) == self.committed[version], version

    def what_nobody_needs_goes(self) -> None:
        """After the retention, and without runs, there is what the state in force needs; then nothing."""
        with self.store.read() as tx:
            open_runs = tx.runs.in_states(OPEN_STATES)
        for run in open_runs:
            self.control.lifecycle.move(run, JobRunState.FAILED, "over")
        self.clock.ms += RETENTION_MS + 10 * GRACE_MS
        self.collect_whole()
        state = self.control.bookmarks.state(NAME)[1]
        assert self._read(state) == self.rows
        assert self._files() == {segment.key for one in state.values() for segment in one.segments}
        with self.store.write() as tx:
            tx.bookmarks.mark_deleted(NAME, now_ms=self.clock.now_ms())
        self.collect_whole()
        assert self._files() == {segment.key for one in state.values() for segment in one.segments}
        self.clock.ms += RETENTION_MS + GRACE_MS
        self.collect_whole()
        assert self._files() == set()

    def collect_whole(self) -> None:
        """Give up segments, and delete them when nobody can have opened them before."""
        self.housekeeping.collect()
        self.clock.ms += 2 * GRACE_MS
        self.housekeeping.collect()

    def _files(self) -> set[str]:
        folder = self.ledger.folder
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


MergedHistories.TestCase.settings = settings(
    max_examples=int(os.environ.get("PLACEKEEPER_HISTORIES", "20")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestMergedHistories = MergedHistories.TestCase


def test_a_few_merged_histories_on_postgres(postgres: PostgresServer, migrated_database: str) -> None:
    class OnPostgres(MergedHistories):
        def connect(self) -> Engine:
            return postgres_engine(postgres.url(postgres.new_database(template=migrated_database)))

    few = settings(MergedHistories.TestCase.settings, max_examples=4)
    run_state_machine_as_test(OnPostgres, settings=few)
