"""Random histories against a small oracle: what is read, what is remembered, what each version says.

Objects arrive, are overwritten (into the past, the future, the same instant), touched, deleted and made
again, while runs begin, overlap, crash and commit, and somebody resets and rewinds. The oracle is a dict.
Everything below the use cases is real: SQLite, Parquet segments, the streaming join; and in two of the worlds
(tests/worlds.py) the store too. `make soak` makes a hundred thousand steps and more of it.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

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
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from controls import control_over
from placekeeper.control.bookmarks.selection import select_objects
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import EntityNotFoundException, VersionMismatchException
from placekeeper.model.exchange import CommitRequest, Opened, OpenRequest
from placekeeper.model.jobs import JobRun
from placekeeper.model.plan import Selection
from placekeeper.rules.bookmarks import aws_string
from placekeeper.rules.selection.choice import Choice
from placekeeper.runtime.connectors.pending import FilePending
from placekeeper.runtime.run.pending_elements import PendingElements
from placekeeper.store.postgres import postgres_engine
from placekeeper.store.store import SqlStore
from postgres import PostgresServer
from s3 import S3Server
from sqlite_state import migrated_sqlite
from worlds import BAND_MS, Facts, InMemory, OnDisk, OnS3, World

NAME, CONTEXT = "job", "ctx"
HISTORIES = int(os.environ.get("PLACEKEEPER_HISTORIES", "40"))
"""Of forty steps each."""

MEMORY = Path("/dev/shm")


@dataclass
class Remembered:
    """The oracle's state: what was processed, and what AWS's algorithm would remember."""

    processed: dict[str, Facts] = field(default_factory=dict)
    aws_start_ms: int | None = None
    aws_saved: frozenset[tuple[str, int]] = frozenset()


@dataclass
class Going:
    """A run that has begun; `before` is what the oracle remembered then."""

    run: JobRun
    opened: Opened
    pending_elements: PendingElements
    selection: Selection
    start_ms: int
    before: Remembered
    listed: frozenset[tuple[str, int]]


class Histories(RuleBasedStateMachine):
    """One bookmark, one source."""

    going = Bundle("going")
    ended = Bundle("ended")

    @initialize(scrambled=st.booleans())
    def begin_world(self, scrambled: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.world = self.new_world()
        self.world.scrambled = scrambled
        self.store = SqlStore(self.connect())
        self.ledger = SegmentFolder(self.folder / "segments")
        ids = iter(f"{n:064x}" for n in range(1, 100_000))
        self.control = control_over(
            store=self.store,
            clock=self.world,
            staging=None,  # nothing is written here
            random_hex=lambda _: next(ids),
        )
        self.remembered = Remembered()
        self.at_end_of: dict[str, Remembered] = {}
        self.version, self.run_number, self.attempt = 0, 1, 0
        self.failed_before = False
        self.entry: tuple[int, int, int, str | None] | None = None

    def new_world(self) -> World:
        """The store and its clock."""
        return InMemory()

    def connect(self) -> Engine:
        """A new database with the schema."""
        return migrated_sqlite(self.folder / "state.db")

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    # --- the world -----------------------------------------------------------------------------------

    names = st.sampled_from(["a", "a/b", "a-b", "é"])

    @rule(name=names, size=st.integers(0, 2), tag=st.sampled_from("xyz"), ago=st.integers(-30, 200))
    def put(self, name: str, size: int, tag: str, ago: int) -> None:
        """Arrive, overwrite, come late, come from a clock ahead of ours."""
        self.world.put(name, (self.world.now_ms() - ago, size, tag))

    @rule(name=names, by=st.integers(-100, 100), tag=st.sampled_from("xyz"))
    def touch(self, name: str, by: int, tag: str) -> None:
        """Another time, and perhaps other content of the same size; by 0, within the same instant."""
        for path, (ms, size, _) in self.world.objects().items():
            if path.endswith(f"/{name}"):
                self.world.put(name, (ms + by, size, tag))

    @rule(name=names, tag=st.sampled_from("xyz"))
    def overwrite_within_the_same_instant(self, name: str, tag: str) -> None:
        """Stores stamp whole seconds: other content, the same size and time."""
        self.touch(name, 0, tag)

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.world.delete(name)

    @rule(ms=st.integers(1, 80))
    def wait(self, ms: int) -> None:
        self.world.wait(ms)

    # --- runs ----------------------------------------------------------------------------------------

    @rule(target=going, explain=st.booleans())
    def begin(self, explain: bool) -> Going:
        run, _ = self.control.run_starter.register(
            NAME, script_location="/s.py", arguments={}, launcher="h:1:1"
        )
        opened = self.control.bookmarks.open(run, OpenRequest(name=NAME, option=BookmarkOption.ENABLE))
        self.version += 1
        self.attempt = self.attempt + 1 if self.failed_before else 0
        self.run_number = max(self.run_number, 1)
        self.failed_before = True
        assert (opened.version, opened.run, opened.attempt) == (self.version, self.run_number, self.attempt)

        start_ms = self.world.now_ms()
        pending_elements = PendingElements(opened, run_id=run.id)
        choice = Choice.next_run(self.world.source, pending_elements.element(CONTEXT), start_ms=start_ms)
        selection = select_objects(
            self.world,  # type: ignore[arg-type] - lists, which is all that is asked of it
            self.ledger,
            choice.explained(pending_elements.element(CONTEXT)) if explain else choice,
        )
        before = self.remembered
        there = self.world.objects()
        chosen = {d.object.path: self.world.facts_of(d.object) for d in selection.chosen}
        assert chosen == {
            path: facts
            for path, facts in there.items()
            if before.processed.get(path) != facts and facts[0] <= start_ms
        }
        aws = set(_read_by_aws(there, before, start_ms))
        assert aws <= chosen.keys()
        if explain:
            by_window = {d.object.path for d in selection.decisions if d.on_aws and d.on_aws.is_read}
            assert by_window == aws
        assert sum(selection.counts.values()) == len(there)  # nothing is silent
        pending_elements.stage(
            CONTEXT,
            FilePending.of(self.world.source, selection, pa.schema([]), pending_elements.element(CONTEXT)),
        )
        self.at_end_of[run.id] = before
        listed = frozenset((path, facts[0]) for path, facts in there.items())
        return Going(run, opened, pending_elements, selection, start_ms, before, listed)

    @rule(target=ended, going=consumes(going))
    def crash(self, going: Going) -> str:
        """The process is gone: before the commit, perhaps after its segments."""
        assert going.opened.version is not None
        going.pending_elements.elements(self.ledger, version=going.opened.version + 1)
        return going.run.id

    @rule(target=ended, going=consumes(going), twice=st.booleans())
    def commit(self, going: Going, twice: bool) -> str:
        assert going.opened.version is not None
        elements = going.pending_elements.elements(self.ledger, version=going.opened.version + 1)
        request = CommitRequest(name=NAME, version=going.opened.version, elements=elements, manifest=())
        if going.opened.version != self.version:
            with pytest.raises(VersionMismatchException) as lost:
                self.control.bookmarks.commit(going.run, request)
            assert (lost.value.expected, lost.value.found) == (going.opened.version, self.version)
            return going.run.id
        for _ in range(1 + twice):  # an answer that was lost is asked for again
            assert self.control.bookmarks.commit(going.run, request).version == self.version + 1
        self.version += 1
        self.run_number += 1
        self.attempt, self.failed_before = 0, False
        chosen = {d.object.path: self.world.facts_of(d.object) for d in going.selection.chosen}
        self.remembered = Remembered(
            going.before.processed | chosen,
            going.start_ms,
            _saved_by_aws(going.before, chosen, going.start_ms) & going.listed,
        )
        self.at_end_of[going.run.id] = self.remembered
        self.entry = (self.version, self.run_number, 0, going.run.id)
        self._check_in_band(going)
        return going.run.id

    def _check_in_band(self, going: Going) -> None:
        """The entry's INCLUDE_LIST holds what was processed and listed in the last band, by hash."""
        entry = self.control.bookmarks.get(NAME)
        hashes = aws_string.decode(entry.job_bookmark)[CONTEXT]["INCLUDE_LIST"]
        assert hashes == aws_string.include_list(going.selection.next_window.in_band)

    @rule(target=ended, twice=st.booleans(), explain=st.booleans())
    def run_alone(self, twice: bool, explain: bool) -> str:
        """The common case, so that histories have a past."""
        return self.commit(self.begin(explain), twice)

    # --- resets --------------------------------------------------------------------------------------

    @rule()
    def reset(self) -> None:
        if self.entry is None:
            with pytest.raises(EntityNotFoundException):
                self.control.bookmarks.reset(NAME)
            return
        self.control.bookmarks.reset(NAME)
        self.version += 1
        self.run_number, self.attempt, self.failed_before = 0, 0, False
        self.remembered = Remembered()
        self.entry = (self.version, 0, 0, None)

    @rule(run_id=ended)
    def rewind(self, run_id: str) -> None:
        if self.entry is None:
            with pytest.raises(EntityNotFoundException):
                self.control.bookmarks.reset(NAME, run_id)
            return
        entry = self.control.bookmarks.reset(NAME, run_id)
        self.version += 1
        self.remembered = self.at_end_of[run_id]
        self.run_number, self.attempt, self.failed_before = entry.run, 0, False
        self.entry = (self.version, entry.run, 0, entry.run_id)

    @invariant()
    def the_entry_is_the_newest_and_reading_changes_nothing(self) -> None:
        if not hasattr(self, "control"):
            return
        if self.entry is None:
            with pytest.raises(EntityNotFoundException):
                self.control.bookmarks.get(NAME)
            return
        entry = self.control.bookmarks.get(NAME)
        assert (entry.version, entry.run, entry.attempt, entry.run_id) == self.entry
        assert self.control.bookmarks.get(NAME) == entry


def _read_by_aws(objects: dict[str, Facts], before: Remembered, start_ms: int) -> list[str]:
    """AWS's algorithm by docs/reference/bookmarks.md#aws-window: whatever it would read, we read."""
    first, saved = before.aws_start_ms, before.aws_saved
    return [
        path
        for path, (ms, _, _) in objects.items()
        if ms <= start_ms
        and (first is None or ms > first or (ms > first - BAND_MS and (path, ms) not in saved))
    ]


def _saved_by_aws(before: Remembered, chosen: dict[str, Facts], start_ms: int) -> frozenset[tuple[str, int]]:
    processed = before.processed | chosen
    return frozenset(
        (path, ms) for path, (ms, _, _) in processed.items() if start_ms - BAND_MS < ms <= start_ms
    )


Histories.TestCase.settings = settings(
    max_examples=HISTORIES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestHistories = Histories.TestCase


def some(share: float) -> settings:
    """Fewer histories, where each takes longer."""
    return settings(Histories.TestCase.settings, max_examples=max(3, int(HISTORIES * share)))


def test_some_histories_on_postgres(postgres: PostgresServer, migrated_database: str) -> None:
    class OnPostgres(Histories):
        def connect(self) -> Engine:
            return postgres_engine(postgres.url(postgres.new_database(template=migrated_database)))

    run_state_machine_as_test(OnPostgres, settings=some(0.04))


def test_some_histories_of_files() -> None:
    class Files(Histories):
        def new_world(self) -> World:
            return OnDisk(self.folder / "data")

    run_state_machine_as_test(Files, settings=some(0.1))


def test_some_histories_of_a_bucket(s3: S3Server) -> None:
    class Bucket(Histories):
        def new_world(self) -> World:
            return OnS3(s3)

    run_state_machine_as_test(Bucket, settings=some(0.03))
