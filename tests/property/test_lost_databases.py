"""Whatever was done with a state, an older database in its place is refused just where it lacks something."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from controls import control_over
from placekeeper.ledger.record import RecordFile
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import StateNotWhole
from placekeeper.model.exchange import CommitRequest, OpenRequest, PublicationRequest, PublishFailure
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.model.publication import StagedFile
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite

FILE = StagedFile(path="file:///out/a", size=1, rows=1, staged="file:///out/_placekeeper/a")
STEPS = ["run", "run b", "killed", "reset", "delete", "paused", "taken back", "define", "skip", "retry"]
HARMLESS = {"killed", "define"}
"""What changes no bookmark, leaves nothing out and publishes nothing."""
ONE = "file:///in/one.csv"


class Staging:
    """All can be published and taken back."""

    def publish(self, file: StagedFile) -> None: ...

    def take_back(self, file: StagedFile) -> None: ...


class History:
    """One state, opened as the command does, and what is done with it."""

    def __init__(self, folder: Path, ids: Iterator[str]) -> None:
        self.file = folder / "state.db"
        engine = migrated_sqlite(self.file)
        record = RecordFile(folder / "record.jsonl", print)
        self.store = SqlStore(engine, record=record)
        now = iter(range(1_000, 10_000_000))
        self.control = control_over(
            store=self.store,
            clock=SimpleNamespace(now_ms=lambda: next(now)),
            staging=Staging(),  # type: ignore[arg-type]
            random_hex=lambda _: next(ids),
            ledger=SegmentFolder(folder / "segments"),
            record=record,
        )
        self.wholeness = self.control.wholeness

    def do(self, step: str) -> bool:
        """Whether a step has changed a bookmark or published something."""
        name = "b" if step.endswith(" b") else "a"
        if step == "define":
            self.control.jobs.create(
                {"Name": f"j{next(self.numbers)}", "Role": "r", "Command": {"Name": "x"}}
            )
        elif step == "skip":
            return self.control.marks.skip(name, ONE)
        elif step == "retry":
            if not self.control.marks.of(name):
                return False
            self.control.marks.retry(name, ONE)
        elif step in ("reset", "delete"):
            if not self.is_there(name):
                return False
            self.control.bookmarks.reset(name) if step == "reset" else self.control.jobs.delete(name)
        else:
            run, _ = self.control.run_starter.register(
                name, script_location="/s.py", arguments={}, launcher="l"
            )
            self.see_through(run, name, step)
            self.control.lifecycle.move(run, JobRunState.SUCCEEDED)
        return step not in HARMLESS

    numbers = iter(range(1_000_000))

    def see_through(self, run: JobRun, name: str, step: str) -> None:
        option = BookmarkOption.PAUSE if step == "paused" else BookmarkOption.ENABLE
        opened = self.control.bookmarks.open(run, OpenRequest(name=name, option=option))
        if step == "paused":
            self.control.publications.begin(run, PublicationRequest(manifest=(FILE,)))
            self.control.publications.published(run)
        elif step != "killed":
            manifest = (FILE,) if step == "taken back" else ()
            assert opened.version is not None
            request = CommitRequest(name=name, version=opened.version, elements={}, manifest=manifest)
            self.control.bookmarks.commit(run, request)
            if manifest:
                self.control.publications.failed(run, PublishFailure(error="gone"))

    def is_there(self, name: str) -> bool:
        with self.store.read() as tx:
            return tx.bookmarks.newest_entry(name) is not None

    def copy(self, to: Path) -> None:
        with closing(sqlite3.connect(self.file)) as here, closing(sqlite3.connect(to)) as there:
            here.backup(there)

    def close(self) -> None:
        self.store.close()


@given(st.lists(st.sampled_from(STEPS), max_size=8))
@settings(max_examples=30)
def test_a_database_is_refused_if_and_only_if_it_lacks_something(steps: list[str]) -> None:
    ids = (f"{n:064x}" for n in range(1, 1_000_000))
    with TemporaryDirectory() as name:
        folder = Path(name)
        history = History(folder, ids)
        history.wholeness.ensure()
        history.copy(folder / "0.copy")
        counted = []
        for number, step in enumerate(steps, 1):
            counted.append(history.do(step))
            history.wholeness.ensure()  # no false alarm, whatever came before
            history.copy(folder / f"{number}.copy")
        history.close()
        for number in range(len(steps) + 1):
            for file in folder.glob("state.db*"):
                file.unlink()
            shutil.copy(folder / f"{number}.copy", folder / "state.db")
            older = History(folder, ids)
            try:
                older.wholeness.ensure()
                is_refused = False
            except StateNotWhole:
                is_refused = True
            finally:
                older.close()
            assert is_refused is any(counted[number:]), (steps, number)
