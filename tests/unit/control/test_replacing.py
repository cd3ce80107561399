"""What a run is told of others before it deletes: half visible output is finished first, or named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controls import control_over
from placekeeper.model.errors import AccessDeniedException, PublicationPending, TargetBusy
from placekeeper.model.exchange import PublicationRequest, Replaceable, ReplacingRequest
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import Manifest, ObjectsPurged, StagedFile
from placekeeper.rules.jobs.run_ids import short
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.migrate import migrate
from placekeeper.store.store import SqlStore

OUT = "s3://bucket/out/"


def file(name: str) -> StagedFile:
    return StagedFile(path=f"{OUT}{name}", size=1, rows=1, upload_id="u")


class Files:
    """A store of files; `failing` says that it does not answer."""

    def __init__(self) -> None:
        self.visible: set[str] = set()
        self.failing = False

    def publish(self, effect: Any) -> None:
        if self.failing:
            raise OSError("no answer")
        if isinstance(effect, StagedFile):
            self.visible.add(effect.path)
        else:
            self.visible -= {meta.path for meta in effect.objects}

    def take_back(self, effect: Any) -> None:
        self.visible.discard(effect.path)


class World:
    """A state with runs of any jobs, and a clock that a test moves."""

    def __init__(self, folder: Path) -> None:
        engine = sqlite_engine(folder / "state.db")
        migrate(engine)
        self.now_ms = 1_000_000
        ids = iter(f"{n:064x}" for n in range(1, 10_000))
        self.files = Files()
        self.store = SqlStore(engine)
        self.control = control_over(
            store=self.store,
            clock=type("Clock", (), {"now_ms": lambda _: self.now_ms})(),
            staging=self.files,
            random_hex=lambda _: next(ids),
            more_effects={ObjectsPurged: self.files},
        )

    def begin(self, job: str = "j") -> JobRun:
        run, _ = self.control.run_starter.register(job, script_location="/s", arguments={}, launcher="l")
        self.control.lifecycle.move(run, JobRunState.RUNNING)
        return run

    def decide(self, run: JobRun, *effects: Any) -> None:
        manifest: Manifest = effects
        self.control.publications.begin(run, PublicationRequest(manifest=manifest))

    def end(self, run: JobRun) -> None:
        self.control.lifecycle.move(run, JobRunState.FAILED)

    def look(
        self, run: JobRun, *prefixes: str, overwrites: bool = False, since_ms: int | None = None
    ) -> Replaceable:
        request = ReplacingRequest(prefixes=prefixes, overwrites=overwrites, since_ms=since_ms)
        return self.control.replacing.look(run, request)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.store.close()


def test_what_ended_runs_have_begun_is_finished_where_somebody_deletes(world: World) -> None:
    run, other, there, purging = world.begin(), world.begin("k"), world.begin("l"), world.begin("m")
    world.decide(run, file("a/1"), file("b/1"))
    world.decide(there, StagedFile(path="s3://bucket/other/1", size=1, rows=1))
    world.decide(purging, ObjectsPurged(objects=(ObjectMeta(path=f"{OUT}b/0", last_modified_ms=1, size=1),)))
    for ended in (run, there, purging):
        world.end(ended)
    world.files.visible = {f"{OUT}a/1", f"{OUT}b/0"}  # some of it was done
    told = world.look(other, f"{OUT}b/")
    assert world.files.visible == {f"{OUT}a/1", f"{OUT}b/1"}
    assert told == Replaceable(now_ms=world.now_ms, settled={f"{run.id}/0": (f"{OUT}b/1",)})
    assert not world.control.publications.settle_ended()
    assert world.files.visible == {f"{OUT}a/1", f"{OUT}b/1", "s3://bucket/other/1"}


def test_what_a_run_in_progress_publishes_is_named_and_left_alone(world: World) -> None:
    run, other = world.begin(), world.begin("k")
    world.decide(run, file("1"), file("2"))
    assert world.look(other, OUT).unsettled == {f"{run.id}/0": (f"{OUT}1", f"{OUT}2")}
    assert world.look(other, f"{OUT}3", "s3://bucket/other/").unsettled == {}
    assert world.look(run, OUT).unsettled == {}
    assert world.files.visible == set()


def test_what_came_to_an_end_since_is_told(world: World) -> None:
    run, other = world.begin(), world.begin("k")
    before = world.look(other, OUT)
    world.now_ms += 3_600_000
    world.decide(run, file("1"))
    world.control.publications.published(run)
    world.now_ms += 3_600_000
    told = world.look(other, OUT, since_ms=before.now_ms)
    assert (told.settled, told.unsettled) == ({f"{run.id}/0": (f"{OUT}1",)}, {})
    assert world.look(other, OUT).settled == {}


def test_a_store_that_does_not_answer_holds_up_the_deletion(world: World) -> None:
    run, other = world.begin(), world.begin("k")
    world.decide(run, file("1"))
    world.end(run)
    world.files.failing = True
    with pytest.raises(
        PublicationPending, match=rf"run {short(run.id)} of the job j is .* no answer.* run that job again"
    ):
        world.look(other, OUT)
    world.files.failing = False
    assert world.look(other, OUT).unsettled == {}
    assert world.files.visible == {f"{OUT}1"}


def test_a_folder_without_its_last_slash_is_no_beginning_of_a_name(world: World) -> None:
    run, other = world.begin(), world.begin("k")
    world.decide(run, file("1"))
    assert world.look(other, "s3://bucket/o", f"{OUT}1/").unsettled == {}
    assert world.look(other, OUT.rstrip("/")).unsettled == {f"{run.id}/0": (f"{OUT}1",)}
    assert world.look(other, f"{OUT}1").unsettled == {f"{run.id}/0": (f"{OUT}1",)}


@pytest.mark.parametrize("folder", [OUT, f"{OUT}a/", "s3://bucket/"])
def test_one_run_overwrites_at_a_time(world: World, folder: str) -> None:
    run, other = world.begin(), world.begin("k")
    world.look(run, OUT, "s3://bucket/x/", overwrites=True)
    world.look(run, OUT, overwrites=True)
    with pytest.raises(
        TargetBusy,
        match=rf"{OUT} is overwritten by run {run.id} of the job j at this.* is gone, start placekeeper dev",
    ):
        world.look(other, folder, overwrites=True)
    world.look(other, folder)
    world.look(other, "s3://bucket/output/", overwrites=True)
    world.decide(run, file("1"))
    world.control.publications.published(run)
    world.look(other, folder, overwrites=True)
    with pytest.raises(TargetBusy):
        world.look(run, OUT, overwrites=True)
    world.end(other)
    world.look(run, OUT, overwrites=True)


def test_what_a_run_has_overwritten_at_once_is_free_again(world: World) -> None:
    run, other = world.begin(), world.begin("k")
    world.look(run, OUT, "s3://bucket/x/", overwrites=True)
    world.control.replacing.release(run, [OUT])
    world.look(other, OUT, overwrites=True)
    with pytest.raises(TargetBusy):
        world.look(other, "s3://bucket/x/", overwrites=True)


def test_what_somebody_else_has_published_for_a_run_is_free_again(world: World) -> None:
    run, other = world.begin(), world.begin("k")
    world.look(run, OUT, overwrites=True)
    world.decide(run, file("1"))
    world.control.publications.settle(job_name="j")
    world.look(other, OUT, overwrites=True)


def test_a_repeated_word_that_all_is_visible_frees_what_came_meanwhile(world: World) -> None:
    run, other = world.begin(), world.begin("k")
    world.decide(run, file("1"))
    world.control.publications.settle(job_name="j")
    world.look(run, OUT, overwrites=True)
    world.control.publications.published(run)
    world.look(other, OUT, overwrites=True)


def test_a_run_that_has_ended_overwrites_nothing(world: World) -> None:
    run = world.begin()
    world.end(run)
    with pytest.raises(AccessDeniedException):
        world.look(run, OUT, overwrites=True)
