"""Random histories with files that cannot be read: nothing is lost or read twice, and marks say the rest.

Objects arrive, change, become readable and unreadable; runs quarantine, fail, or die after they have
quarantined; people skip, retry, reset and rewind. The oracle is two dicts.
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
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from controls import control_over
from placekeeper.control.bookmarks.selection import select_objects
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.model.exchange import BadFilesRequest, CommitRequest, Opened, OpenRequest
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.model.marks import BadFile, MarkKind
from placekeeper.model.plan import Reason, Selection
from placekeeper.rules.selection.choice import Choice
from placekeeper.runtime.connectors.pending import FilePending
from placekeeper.runtime.run.pending_elements import PendingElements
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite
from worlds import Facts, InMemory

NAME, CONTEXT = "job", "ctx"
MEMORY = Path("/dev/shm")
HISTORIES = int(os.environ.get("PLACEKEEPER_HISTORIES", "30"))
BAD_TAG = "z"
"""Of objects that cannot be read."""


@dataclass
class Remembered:
    """The oracle: what was processed; the state's version."""

    processed: dict[str, Facts] = field(default_factory=dict)
    version: int = 0


class BadFiles(RuleBasedStateMachine):
    """One bookmark, one source, some objects of which cannot be read."""

    ended = Bundle("ended")
    names = st.sampled_from(["a", "b", "c", "d"])
    arrivals = st.lists(
        st.tuples(names, st.sampled_from(["x", BAD_TAG]), st.integers(1, 200)), min_size=1, max_size=4
    )

    @initialize()
    def begin_world(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.world = InMemory()
        engine = migrated_sqlite(self.folder / "state.db")
        self.store = SqlStore(engine)
        self.ledger = SegmentFolder(self.folder / "segments")
        ids = iter(f"{n:064x}" for n in range(1, 100_000))
        self.control = control_over(
            store=self.store,
            clock=self.world,
            staging=None,  # nothing is written here
            random_hex=lambda _: next(ids),
        )
        self.now = Remembered()
        self.at_end_of: dict[str, Remembered] = {}
        self.quarantined: dict[str, tuple[Facts, int]] = {}  # with the bookmark's version by then
        self.skipped: set[str] = set()
        self.has_entry = False

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    def put(self, arrivals: list[tuple[str, str, int]]) -> None:
        """Objects arrive or change; of those with the tag, none can be read."""
        for name, tag, ago in arrivals:
            self.world.put(name, (self.world.now_ms() - ago, 1, tag))

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.world.delete(name)

    @rule(name=names)
    def skip(self, name: str) -> None:
        if self.skipped:  # the others shall have something to read
            return
        path = f"s3://b/{name}"
        self.control.marks.skip(NAME, path)
        self.quarantined.pop(path, None)
        self.skipped.add(path)

    @rule(name=names)
    def retry(self, name: str) -> None:
        path = f"s3://b/{name}"
        if path not in self.quarantined and path not in self.skipped:
            with pytest.raises(EntityNotFoundException):
                self.control.marks.retry(NAME, path)
            return
        self.control.marks.retry(NAME, path)
        self.quarantined.pop(path, None)
        self.skipped.discard(path)

    @rule(target=ended, arrivals=arrivals)
    def run_that_quarantines(self, arrivals: list[tuple[str, str, int]]) -> str:
        """Found bad, noted, begun again, committed."""
        self.put(arrivals)
        run, opened, pending_elements, selection = self.begin()
        bad = self.note_bad(run, opened, selection)
        if bad:
            _, opened, pending_elements, selection = self.begin(run)
        read = {d.object.path: self.world.facts_of(d.object) for d in selection.chosen}
        assert not [path for path, facts in read.items() if facts[2] == BAD_TAG]
        mended = [mark.path for mark in opened.marks if mark.path in read]
        assert set(mended) == read.keys() & self.quarantined.keys()
        version = opened.version
        assert version is not None
        elements = pending_elements.elements(self.ledger, version=version + 1)
        request = CommitRequest(
            name=NAME, version=version, elements=elements, manifest=(), mended=tuple(mended)
        )
        self.control.bookmarks.commit(run, request)
        self.quarantined = {path: q for path, q in self.quarantined.items() if path not in mended}
        self.now = Remembered(self.now.processed | read, version + 1)
        self.at_end_of[run.id] = self.now
        self.has_entry = True
        for path, facts in self.world.objects().items():  # nothing is lost, and what is left out is said
            is_said = path in self.skipped or self.quarantined.get(path, (None, 0))[0] == facts
            assert self.now.processed.get(path) == facts or is_said
        return run.id

    @rule(target=ended, arrivals=arrivals, noted=st.booleans())
    def run_that_fails(self, arrivals: list[tuple[str, str, int]], noted: bool) -> str:
        """It fails for its bad files, or is killed when it has noted them."""
        self.put(arrivals)
        run, opened, _, selection = self.begin()
        if noted:
            self.note_bad(run, opened, selection)
        self.control.lifecycle.move(run, JobRunState.FAILED, "killed")
        self.at_end_of[run.id] = self.now
        return run.id

    def begin(self, run: JobRun | None = None) -> tuple[JobRun, Opened, PendingElements, Selection]:
        """Open and select, which must be what the oracle says."""
        if run is None:
            run, _ = self.control.run_starter.register(
                NAME, script_location="/s.py", arguments={}, launcher="h:1:1"
            )
        opened = self.control.bookmarks.open(run, OpenRequest(name=NAME, option=BookmarkOption.ENABLE))
        pending_elements = PendingElements(opened, run_id=run.id)
        choice = Choice.next_run(
            self.world.source, pending_elements.element(CONTEXT), start_ms=self.world.now_ms()
        ).with_marks(opened.marks)
        selection = select_objects(
            self.world,  # type: ignore[arg-type] - lists, which is all that is asked of it
            self.ledger,
            choice,
        )
        new = {p: f for p, f in self.world.objects().items() if self.now.processed.get(p) != f}
        left_out = {path for path in new if path in self.skipped}
        quarantined = {p for p, f in new.items() if self.quarantined.get(p, (None, 0))[0] == f}
        chosen = {d.object.path: self.world.facts_of(d.object) for d in selection.chosen}
        assert chosen == {p: f for p, f in new.items() if p not in left_out | quarantined}
        assert {d.object.path for d in selection.quarantined} == quarantined
        assert selection.counts.get(Reason.LEFT_OUT, 0) == len(left_out)
        assert sum(selection.counts.values()) == len(self.world.objects())
        pending_elements.stage(
            CONTEXT,
            FilePending.of(self.world.source, selection, pa.schema([]), pending_elements.element(CONTEXT)),
        )
        return run, opened, pending_elements, selection

    def note_bad(self, run: JobRun, opened: Opened, selection: Selection) -> bool:
        found = [d.object for d in selection.chosen if d.object.e_tag == BAD_TAG]
        bad = tuple(BadFile(CONTEXT, meta, "line 1: broken") for meta in found)
        assert opened.version is not None
        if bad:
            self.control.marks.note(run, BadFilesRequest(name=NAME, version=opened.version, bad=bad))
        self.quarantined |= {meta.path: (self.world.facts_of(meta), opened.version) for meta in found}
        return bool(bad)

    @rule()
    def reset(self) -> None:
        if not self.has_entry:
            return
        self.control.bookmarks.reset(NAME)
        self.now, self.quarantined = Remembered(), {}

    @rule(run_id=ended)
    def rewind(self, run_id: str) -> None:
        if not self.has_entry:
            return
        self.control.bookmarks.reset(NAME, run_id)
        self.now = self.at_end_of[run_id]
        self.quarantined = {p: q for p, q in self.quarantined.items() if q[1] < self.now.version}

    @invariant()
    def the_marks_in_force_are_the_oracles(self) -> None:
        if not hasattr(self, "control"):
            return
        marks = {mark.path: mark for mark in self.control.marks.of(NAME)}
        assert {p for p, mark in marks.items() if mark.kind is MarkKind.SKIPPED} == self.skipped
        assert {
            path: self.world.facts_of(mark.object) for path, mark in marks.items() if mark.object is not None
        } == {path: facts for path, (facts, _) in self.quarantined.items()}


BadFiles.TestCase.settings = settings(
    max_examples=max(3, int(HISTORIES * 0.4)),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestBadFiles = BadFiles.TestCase
