"""A commit that cannot be taken back keeps its files and the bookmark: nothing is written twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controls import control_over
from placekeeper.model.bookmark import BookmarkOption, Change
from placekeeper.model.catalog import TableRef
from placekeeper.model.element import SnapshotElement
from placekeeper.model.errors import NotTakenBack, PublishFailed
from placekeeper.model.exchange import CommitRequest, OpenRequest, PublishFailure
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.model.publication import SnapshotAdded, StagedFile
from placekeeper.model.source import SnapshotSource
from placekeeper.rules.jobs.run_ids import short
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite

IN_TABLE, ELSEWHERE = "file:///lake/items/a", "file:///out/b"
FILES = tuple(
    StagedFile(path=path, size=1, rows=1, staged=f"{path}.staged") for path in (IN_TABLE, ELSEWHERE)
)
COMMIT = SnapshotAdded(
    id="c", database="shop", table="items", format="delta", table_id="t", run_id="r", files=(IN_TABLE,)
)
SOURCE = SnapshotSource(
    connection_type="delta", paths=(), format="delta", table=TableRef(database="d", name="t")
)


class Files:
    def __init__(self) -> None:
        self.visible: set[str] = set()
        self.failure: Exception | None = None

    def publish(self, file: StagedFile) -> None:
        if self.failure is not None:
            raise self.failure
        self.visible.add(file.path)

    def take_back(self, file: StagedFile) -> None:
        self.visible.discard(file.path)


class Rewritten:
    """A table whose files others have rewritten since."""

    def publish(self, _effect: SnapshotAdded) -> None: ...

    def take_back(self, _effect: SnapshotAdded) -> None:
        raise NotTakenBack("the commit to shop.items stays")


class World:
    def __init__(self, path: Path) -> None:
        self.store = SqlStore(migrated_sqlite(path))
        self.files = Files()
        ids = iter(f"{n:064x}" for n in range(1, 10_000))
        clock: Any = type("Clock", (), {"now_ms": lambda _: 7})()
        self.control = control_over(
            store=self.store,
            clock=clock,
            staging=self.files,
            random_hex=lambda _: next(ids),
            more_effects={SnapshotAdded: Rewritten()},
        )

    def committed(self) -> JobRun:
        run, _ = self.control.run_starter.register(
            "toy", script_location="/s.py", arguments={}, launcher="host:1:1"
        )
        opened = self.control.bookmarks.open(run, OpenRequest(name="toy", option=BookmarkOption.ENABLE))
        element = SnapshotElement(source=SOURCE, table_id="t", snapshot=1, run=opened.run)
        self.control.bookmarks.commit(
            run,
            CommitRequest(
                name="toy", version=opened.version, elements={"c": element}, manifest=(*FILES, COMMIT)
            ),
        )
        self.files.visible = {IN_TABLE, ELSEWHERE}
        return run

    @property
    def changes(self) -> list[Change]:
        return [version.change for version in self.control.bookmarks.history("toy")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "state.db")
    yield world
    world.store.close()


def test_the_run_that_fails_is_told_and_the_bookmark_stays(world: World) -> None:
    run = world.committed()
    for _ in range(2):
        reverted = world.control.publications.failed(run, PublishFailure(error="access lost"))
        assert reverted.version is None
        assert "the commit to shop.items stays. So the bookmark stays after this run" in reverted.stays
    assert world.files.visible == {IN_TABLE}
    assert Change.REVERT not in world.changes
    assert world.control.bookmarks.state("toy")[1].keys() == {"c"}


def test_the_next_run_fails_once_and_goes_on_from_there(world: World) -> None:
    run = world.committed()
    world.control.lifecycle.move(run, JobRunState.FAILED, "killed")
    world.files.failure = PublishFailed("an upload is gone")
    with pytest.raises(PublishFailed, match=f"run {short(run.id)} could not be published.*shop.items stays"):
        world.control.publications.settle(job_name="toy")
    world.files.failure = None
    world.control.publications.settle(job_name="toy")
    assert world.files.visible == {IN_TABLE}
    assert Change.REVERT not in world.changes
