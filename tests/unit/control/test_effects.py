"""Another kind of effect goes the same way as files: decided, published, taken back, in order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from controls import control_over
from placekeeper.control.service import Control
from placekeeper.model.bookmark import BookmarkOption, Change
from placekeeper.model.errors import PublicationPending, PublishFailed, StateUnfit
from placekeeper.model.exchange import CommitRequest, OpenRequest
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.model.manifests import ManifestCodec
from placekeeper.model.publication import PublicationState, StagedFile
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.migrate import migrate
from placekeeper.store.store import SqlStore


class Partition(msgspec.Struct, frozen=True, kw_only=True, tag_field="effect", tag="partition"):
    """A toy kind: a name in a table."""

    name: str


FILE = StagedFile(path="file:///out/a", size=1, rows=1, staged="file:///out/_placekeeper/a")
MANIFEST: Any = (FILE, Partition(name="p=1"))


class Kind:
    """Remembers what it was asked for; `failures` are raised first."""

    def __init__(self, name: str, calls: list[str]) -> None:
        self.name = name
        self.calls = calls
        self.visible: set[Any] = set()
        self.failures: list[Exception] = []

    def publish(self, effect: Any) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.calls.append(f"publish {self.name}")
        self.visible.add(effect)

    def take_back(self, effect: Any) -> None:
        self.calls.append(f"take back {self.name}")
        self.visible.discard(effect)


class World:
    """One state with files and partitions, and a run that has committed both and died."""

    def __init__(self, folder: Path) -> None:
        engine = sqlite_engine(folder / "state.db")
        migrate(engine)
        now, ids = iter(range(1, 10_000)), iter(f"{n:064x}" for n in range(1, 10_000))
        self.calls: list[str] = []
        self.files, self.partitions = Kind("file", self.calls), Kind("partition", self.calls)
        self.store = SqlStore(engine, manifests=ManifestCodec(tuple[StagedFile | Partition, ...]))
        self._clock = type("Clock", (), {"now_ms": lambda _: next(now)})()
        self._random_hex = lambda _: next(ids)
        self.control = self.control_of({Partition: self.partitions})
        self.run = self.begin()
        self.commit(self.run, "b", MANIFEST)

    def begin(self, job: str = "j") -> JobRun:
        run, _ = self.control.run_starter.register(job, script_location="/s", arguments={}, launcher="l")
        self.control.lifecycle.move(run, JobRunState.RUNNING)
        return run

    def control_of(self, more_effects: dict[type, Any]) -> Control:
        """The same state, seen by a version that knows these kinds and files."""
        return control_over(
            store=self.store,
            clock=self._clock,
            staging=self.files,
            random_hex=self._random_hex,
            more_effects=more_effects,
        )

    def commit(self, run: JobRun, name: str, manifest: Any) -> None:
        opened = self.control.bookmarks.open(run, OpenRequest(name=name, option=BookmarkOption.ENABLE))
        assert opened.version is not None
        request = CommitRequest(name=name, version=opened.version, elements={}, manifest=manifest)
        self.control.bookmarks.commit(run, request)

    def end(self, run: JobRun) -> None:
        self.control.lifecycle.move(run, JobRunState.FAILED)

    @property
    def state(self) -> PublicationState:
        with self.store.read() as tx:
            found = tx.publications.get(self.run.id)
        assert found is not None
        assert found.manifest == MANIFEST
        return found.state


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.store.close()


def test_after_a_crash_the_next_run_publishes_both_in_order(world: World) -> None:
    assert (world.state, world.calls) == (PublicationState.PUBLISHING, [])
    world.control.publications.settle()
    assert world.calls == ["publish file", "publish partition"]
    assert world.state is PublicationState.PUBLISHED
    world.control.publications.settle()
    assert world.calls == ["publish file", "publish partition"]


def test_what_does_not_answer_is_published_later_and_nothing_twice(world: World) -> None:
    world.partitions.failures = [OSError("no answer")]
    with pytest.raises(PublicationPending, match="no answer"):
        world.control.publications.settle()
    assert (world.files.visible, world.state) == ({FILE}, PublicationState.PUBLISHING)
    world.control.publications.settle()
    assert world.files.visible | world.partitions.visible == set(MANIFEST)
    assert world.state is PublicationState.PUBLISHED


def test_what_cannot_succeed_takes_all_back_the_last_first(world: World) -> None:
    world.partitions.failures = [PublishFailed("the table is gone")]
    world.control.publications.settle()
    assert world.calls == ["publish file", "take back partition", "take back file"]
    assert not world.files.visible | world.partitions.visible
    assert world.state is PublicationState.REVERTED
    assert world.control.bookmarks.history("b")[0].change is Change.REVERT


def test_a_kind_that_this_version_does_not_know_holds_up_nothing_else(world: World) -> None:
    other = world.begin("other")
    world.commit(other, "other", (FILE,))
    world.end(world.run)
    world.end(other)
    older = world.control_of({})
    failures = older.publications.settle_ended()
    assert list(failures) == [world.run.id]
    assert isinstance(failures[world.run.id], StateUnfit)
    assert "the kind 'partition'" in str(failures[world.run.id])
    assert not older.publications.is_visible(world.run.id)
    assert older.publications.is_visible(other.id)
    assert world.state is PublicationState.PUBLISHING
    world.control.publications.settle()
    assert world.state is PublicationState.PUBLISHED
