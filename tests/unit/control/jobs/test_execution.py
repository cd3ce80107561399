"""Seeing runs through: every end is recorded, a retry is made with the failure, nothing stays open."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from controls import control_over
from placekeeper.control.jobs.execution import Execution
from placekeeper.control.service import Control
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import (
    AccessDeniedException,
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    IdempotentParameterMismatchException,
    InvalidInputException,
    LaunchFailed,
    LaunchRefused,
    StateError,
    StateUnfit,
)
from placekeeper.model.exchange import (
    BEGIN_AGAIN,
    BadFilesRequest,
    OpenRequest,
    PublicationRequest,
    SummaryRequest,
)
from placekeeper.model.jobs import SUPERVISOR, JobRun, JobRunState, RunSummary
from placekeeper.model.marks import BadFile
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import StagedFile
from placekeeper.objects.staging import OutputStaging
from placekeeper.server.glue_api.handlers.runs import run_on_wire
from placekeeper.store.rows.runs import SqlRunRows
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite

ME = f"{SUPERVISOR}me"
MINUTE_MS = 60_000


class Clock:
    ms = 1_000

    def now_ms(self) -> int:
        return self.ms


@dataclass
class Process:
    """Ends with the code when it has been waited for often enough; what happens meanwhile is the test's."""

    code: int | None = 0
    meanwhile: Any = None
    stops: int = 0

    def wait(self, timeout_s: float | None = None) -> int | None:
        if self.meanwhile is not None:
            self.meanwhile()
        return self.code

    def stop(self) -> int:
        self.stops += 1
        return -15


@dataclass
class Lasting(Process):
    """Ends with the code after so many waits."""

    waits: int = 12

    def wait(self, timeout_s: float | None = None) -> int | None:
        super().wait(timeout_s)
        self.waits -= 1
        return self.code if self.waits <= 0 else None


@dataclass
class Launcher:
    """Launches what the test has prepared."""

    prepared: list[Process | Exception] = field(default_factory=list)
    dead: Mapping[str, int | None] = field(default_factory=dict)
    identity: str = ME
    launched: list[str] = field(default_factory=list)

    def launch(self, run: JobRun, token: str) -> Process:
        self.launched.append(run.id)
        process = self.prepared.pop(0)
        if isinstance(process, Exception):
            raise process
        return process

    def lost(self, launchers: frozenset[str]) -> Mapping[str, int | None]:
        return self.dead

    def forget(self, lost: Mapping[str, int | None]) -> None:
        self.dead = {}

    def describe_exit(self, run: JobRun, code: int) -> str:
        return f"exit {code}."


class Staging(OutputStaging):
    """Publishes by remembering, unless its store is away."""

    def __init__(self) -> None:
        super().__init__()
        self.visible: list[str] = []
        self.is_away = False

    def publish(self, file: StagedFile) -> None:
        if self.is_away:
            raise OSError("the store is away")
        self.visible.append(file.path)


@dataclass
class World:
    staging: Staging
    control: Control
    store: SqlStore
    clock: Clock
    launcher: Launcher

    @property
    def execution(self) -> Execution:
        return self.execution_of(self.launcher)

    def execution_of(self, launcher: Launcher) -> Execution:
        control = self.control
        publications, marks = control.publications, control.marks
        return Execution(control.runs, control.lifecycle, publications, marks, launcher, self.clock)

    def join(self, launcher: str) -> None:
        with self.store.write() as tx:
            tx.launchers.insert(launcher, host="h")

    def start(self, **request: Any) -> str:
        return self.control.run_starter.start({"JobName": "j", **request})

    def see_through(self, *prepared: Process | Exception) -> JobRun:
        """The next run, claimed and seen through; the run as it ended."""
        self.launcher.prepared += prepared
        execution = self.execution
        claimed = execution.claim()
        assert claimed is not None
        return execution.execute(*claimed, is_stopped=lambda: False)

    def say_well(self, run_id: str) -> None:
        self.control.runs.put_summary(self.run(run_id), SummaryRequest(summary=RunSummary()))

    def decide_output(self, run_id: str) -> None:
        """What a run does whose process dies before its output is visible."""
        file = StagedFile(path=f"file:///out/{run_id}", size=1, rows=1, staged="file:///staged")
        self.control.publications.begin(self.run(run_id), PublicationRequest(manifest=(file,)))

    def run(self, run_id: str) -> JobRun:
        return self.control.runs.find(run_id)

    def states(self) -> list[JobRunState]:
        return [run.state for _, run in self.control.runs.page(None, before=None, limit=99).items]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    engine = migrated_sqlite(tmp_path / "state.db")
    store, clock, ids = SqlStore(engine), Clock(), itertools.count(1)
    staging = Staging()
    control = control_over(
        store=store, clock=clock, staging=staging, random_hex=lambda n: f"{next(ids):0{2 * n}x}"
    )
    with store.write() as tx:
        tx.launchers.insert(ME, host="h")
    yield World(staging, control, store, clock, Launcher())
    store.close()


def define(world: World, **spec: Any) -> None:
    world.control.jobs.create({"Name": "j", "Role": "r", "Command": {"Name": "glueetl"}, **spec})


def test_a_run_that_ends_well_has_succeeded(world: World) -> None:
    define(world)
    run_id = world.start()
    ended = world.see_through(Process(code=0, meanwhile=lambda: world.say_well(run_id)))
    assert ended.state is JobRunState.SUCCEEDED
    assert ended.running_ms == world.clock.ms


@pytest.mark.parametrize("is_published", [True, False])
def test_a_run_that_could_not_say_how_it_ended_has_succeeded_if_it_has_published(
    world: World, is_published: bool
) -> None:
    define(world)
    run_id = world.start()
    world.staging.is_away = True
    file = StagedFile(path="file:///nowhere/a", size=1, rows=1, staged="file:///nowhere/a.staged")

    def publish() -> None:
        run = world.run(run_id)
        world.control.publications.begin(run, PublicationRequest(manifest=(file,)))
        if is_published:
            world.control.publications.published(run)

    ended = world.see_through(Process(code=0, meanwhile=publish))
    assert ended.state is (JobRunState.SUCCEEDED if is_published else JobRunState.FAILED)


def test_a_full_disk_does_not_undo_how_a_run_has_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    define(world)
    run_id = world.start()

    def full(*_: object, **__: object) -> None:
        raise StateUnfit("disk is full")

    def ends() -> None:
        world.say_well(run_id)
        monkeypatch.setattr(SqlRunRows, "move", full)

    ended = world.see_through(Process(code=0, meanwhile=ends))
    assert (ended.state, ended.error_message) == (JobRunState.SUCCEEDED, "disk is full")


def test_failures_are_retried_as_attempts_and_timeouts_are_not(world: World) -> None:
    define(world, MaxRetries=2, Timeout=1)
    first = world.start()
    assert world.see_through(Process(code=1)).state is JobRunState.FAILED
    second = world.see_through(LaunchFailed("no such script"))
    assert (second.id, second.attempt, second.previous_run_id) == (f"{first}_attempt_1", 1, first)
    assert (second.state, second.error_message) == (JobRunState.FAILED, "no such script")

    def later() -> None:
        world.clock.ms += MINUTE_MS // 4

    process = Process(code=None, meanwhile=later)
    third = world.see_through(process)
    assert (third.id, third.state, process.stops) == (f"{first}_attempt_2", JobRunState.TIMEOUT, 1)
    assert third.error_message == "The run was ended after its Timeout of 1 minute."
    assert world.execution.claim() is None


def test_a_stop_ends_the_process(world: World) -> None:
    define(world, MaxRetries=1)
    run_id = world.start()
    process = Process(code=None, meanwhile=lambda: world.control.runs.stop("j", run_id))
    assert world.see_through(process).state is JobRunState.STOPPED
    assert process.stops == 1
    assert len(world.states()) == 1  # a stop is no failure: no retry
    problem = world.control.runs.stop("j", run_id)
    assert problem is not None
    assert problem.code == "JobRunInTerminalStateException"
    assert world.control.runs.stop("other", run_id) is not None


def test_a_run_that_nobody_has_taken_stops_at_once(world: World) -> None:
    define(world)
    run_id = world.start()
    assert world.control.runs.stop("j", run_id) is None
    assert world.run(run_id).state is JobRunState.STOPPED
    assert world.execution.claim() is None


def test_a_run_that_ended_well_while_it_was_stopped_has_succeeded(world: World) -> None:
    define(world)
    run_id = world.start()

    def both() -> None:
        world.control.runs.stop("j", run_id)
        world.say_well(run_id)

    assert world.see_through(Process(code=0, meanwhile=both)).state is JobRunState.SUCCEEDED


def test_trouble_while_watching_ends_the_process_and_the_run(world: World) -> None:
    define(world)

    def trouble() -> None:
        raise RuntimeError("disk on fire")

    run_id = world.start()
    process = Process(code=None, meanwhile=trouble)
    with pytest.raises(RuntimeError, match="disk on fire"):
        world.see_through(process)
    assert process.stops == 1
    assert world.run(run_id).state is JobRunState.FAILED


def test_runs_wait_in_line_where_the_job_queues(world: World) -> None:
    define(world, JobRunQueuingEnabled=True)
    first, second, third = world.start(), world.start(), world.start()
    assert [world.run(r).state.value for r in (first, second, third)] == ["STARTING", "WAITING", "WAITING"]
    assert "MaxConcurrentRuns is 1" in (world.run(second).state_detail or "")
    execution = world.execution
    assert execution.claim() is not None
    assert execution.claim() is None  # the second waits for the first
    world.control.lifecycle.move(world.run(first), JobRunState.FAILED, "x")
    world.control.lifecycle.promote()
    assert [world.run(r).state.value for r in (second, third)] == ["STARTING", "WAITING"]
    assert world.control.runs.stop("j", third) is None
    assert world.run(third).state is JobRunState.STOPPED


def test_the_run_decides_about_queueing_before_the_job_does(world: World) -> None:
    define(world, JobRunQueuingEnabled=True)
    world.start()
    with pytest.raises(ConcurrentRunsExceededException, match="Concurrent runs exceeded for j"):
        world.start(JobRunQueuingEnabled=False)


def test_a_waiting_run_of_a_deleted_job_is_an_error(world: World) -> None:
    define(world, JobRunQueuingEnabled=True)
    world.start()
    waiting = world.start()
    world.control.jobs.delete("j")
    world.control.lifecycle.promote()
    assert world.run(waiting).state is JobRunState.ERROR


def test_the_same_start_twice_is_one_run(world: World) -> None:
    define(world)
    token = {"--placekeeper-client-token": "t1"}
    run_id = world.start(Arguments=token)
    assert world.start(Arguments=token) == run_id  # not refused for MaxConcurrentRuns either
    with pytest.raises(IdempotentParameterMismatchException):
        world.start(Arguments={**token, "--x": "1"})
    assert len(world.states()) == 1


def test_retrying_a_run_by_hand(world: World) -> None:
    define(world, ExecutionProperty={"MaxConcurrentRuns": 2})
    run_id = world.start()
    with pytest.raises(InvalidInputException, match="only a run that has ended"):
        world.start(JobRunId=run_id)
    with pytest.raises(EntityNotFoundException):
        world.start(JobRunId="jr_absent")
    world.control.runs.stop("j", run_id)
    assert world.run(world.start(JobRunId=run_id)).previous_run_id == run_id


@pytest.mark.parametrize(
    ("reached", "said", "becomes"),
    [
        ("STARTING", False, "STARTING"),
        ("RUNNING", False, "FAILED"),
        ("RUNNING", True, "SUCCEEDED"),
        ("STOPPING", False, "STOPPED"),
    ],
)
def test_what_a_dead_supervisor_leaves_is_recorded(
    world: World, reached: str, said: bool, becomes: str
) -> None:
    define(world, MaxRetries=1)
    run_id = world.start()
    dead = f"{SUPERVISOR}dead"
    world.join(dead)
    assert world.control.lifecycle.claim(dead) is not None
    if reached != "STARTING":
        world.control.lifecycle.move(world.run(run_id), JobRunState.RUNNING)
    if reached == "STOPPING":
        world.control.runs.stop("j", run_id)
    if said:
        world.say_well(run_id)

    world.execution.reap()
    assert world.run(run_id).state.value == reached  # its launcher lives
    world.launcher.dead = {dead: 1}  # its claim has counted it up
    world.execution.reap()
    assert world.run(run_id).state.value == becomes
    again = world.execution.claim()
    expected = {"STARTING": run_id, "FAILED": f"{run_id}_attempt_1"}
    assert (None if again is None else again[0].id) == expected.get(becomes)


def test_a_run_of_ours_that_nobody_sees_through_is_reaped(world: World) -> None:
    define(world)
    run_id = world.start()
    assert world.control.lifecycle.claim(ME) is not None
    world.control.lifecycle.move(world.run(run_id), JobRunState.RUNNING)
    world.execution.reap()
    assert world.run(run_id).state is JobRunState.FAILED


def test_a_run_that_was_given_to_another_is_left_alone(world: World) -> None:
    define(world, MaxRetries=1)
    run_id = world.start()

    def taken() -> None:
        world.control.lifecycle.move(world.run(run_id), JobRunState.FAILED, "lease ended")

    process = Process(code=None, meanwhile=taken)
    assert world.see_through(process).error_message == "lease ended"
    assert process.stops == 1
    assert world.states() == [JobRunState.STARTING, JobRunState.FAILED]  # one retry, made by who reaped it


def test_a_run_that_another_launcher_has_is_watched_no_longer(world: World) -> None:
    """It goes on there: what its process did here is not recorded."""
    define(world, MaxRetries=1)
    run_id = world.start()
    other = f"{SUPERVISOR}other"
    world.join(other)

    def given_away() -> None:
        with world.store._engine.begin() as connection:
            connection.execute(text("UPDATE job_runs SET launcher = :other"), {"other": other})

    process = Lasting(code=1, meanwhile=given_away, waits=30)
    ended = world.see_through(process)
    assert process.stops == 1
    assert (ended.state, ended.launcher) == (JobRunState.RUNNING, other)
    assert len(world.states()) == 1
    assert run_id == ended.id


def test_output_that_was_decided_is_visible_when_its_run_has_ended(world: World) -> None:
    """Its process died after the decision: who has launched it publishes for it."""
    define(world)
    run_id = world.start()
    world.see_through(Process(code=1, meanwhile=lambda: world.decide_output(run_id)))
    assert world.staging.visible == [f"file:///out/{run_id}"]


def test_output_that_was_decided_is_visible_when_its_run_is_reaped(world: World) -> None:
    """Its launcher died with it: who reaps the run publishes for it, and for no run that goes on."""
    define(world, ExecutionProperty={"MaxConcurrentRuns": 2})
    living = world.start()
    assert world.execution.claim() is not None
    run_id = world.start()
    dead = f"{SUPERVISOR}dead"
    world.join(dead)
    assert world.control.lifecycle.claim(dead) is not None
    world.control.lifecycle.move(world.run(run_id), JobRunState.RUNNING)
    world.decide_output(run_id)
    world.decide_output(living)
    world.launcher.dead = {dead: 1}
    execution = world.execution
    execution._mine.add(living)
    execution.reap()
    assert world.run(run_id).state is JobRunState.FAILED
    assert world.staging.visible == [f"file:///out/{run_id}"]


def test_reaping_leaves_alone_what_is_seen_through_here(world: World) -> None:
    """Also between taking a run and launching it, and one that `placekeeper run` has begun without taking."""
    define(world, ExecutionProperty={"MaxConcurrentRuns": 2}, MaxRetries=1)
    run_id = world.start()
    execution = world.execution
    claimed = execution.claim()
    assert claimed is not None
    assert [run.id for run in execution.reap()] == [run_id]
    assert world.run(run_id).launcher == ME

    own, token = world.control.run_starter.register("j", script_location="/s.py", arguments={}, launcher=ME)
    process = Process(code=1, meanwhile=execution.reap)
    world.launcher.prepared = [process]
    ended = execution.execute(own, token, is_stopped=lambda: False)
    assert ended.error_message is not None
    assert ended.error_message.startswith("exit 1. To see its whole log: placekeeper runs logs ")


def test_a_run_that_could_not_be_recorded_is_reaped_later(world: World, monkeypatch: Any) -> None:
    """The database was away when its process had ended: nobody sees it through any more."""
    define(world)
    run_id = world.start()
    execution = world.execution
    claimed = execution.claim()
    assert claimed is not None
    move = world.control.lifecycle.move

    def away(run: JobRun, to: JobRunState, *args: Any, **kwargs: Any) -> bool:
        if to is JobRunState.FAILED:
            raise StateError("away")
        return move(run, to, *args, **kwargs)

    monkeypatch.setattr(world.control.lifecycle, "move", away)
    world.launcher.prepared = [Process(code=1)]
    with pytest.raises(StateError, match="away"):
        execution.execute(*claimed, is_stopped=lambda: False)
    assert world.run(run_id).state is JobRunState.RUNNING
    monkeypatch.undo()
    execution.reap()
    assert world.run(run_id).state is JobRunState.FAILED


def test_who_was_given_up_is_forgotten_when_that_is_recorded(world: World) -> None:
    world.launcher.dead = {f"{SUPERVISOR}dead": 1}
    assert world.execution.reap() == []
    assert world.launcher.dead == {}


def test_a_run_has_the_time_that_it_takes_within_its_timeout(world: World) -> None:
    define(world, Timeout=1)
    run_id = world.start()

    def later() -> None:
        world.clock.ms += MINUTE_MS // 20
        world.say_well(run_id)

    process = Lasting(code=0, meanwhile=later)
    assert world.see_through(process).state is JobRunState.SUCCEEDED
    assert process.stops == 0


def test_a_run_has_no_more_time_than_its_timeout(world: World) -> None:
    """To the millisecond: at the fifth wait, when it is looked at, a minute has passed."""
    define(world, Timeout=1)
    world.start()

    def later() -> None:
        world.clock.ms += MINUTE_MS // 5

    process = Lasting(code=0, meanwhile=later, waits=6)
    assert world.see_through(process).state is JobRunState.TIMEOUT
    assert process.stops == 1


def test_a_run_without_a_timeout_is_never_timed_out(world: World) -> None:
    world.control.jobs.create({"Name": "j", "Role": "r", "Command": {"Name": "gluestreaming"}})
    run_id = world.start()

    def later() -> None:
        world.clock.ms += 10_000 * MINUTE_MS
        world.say_well(run_id)

    assert world.see_through(Lasting(code=0, meanwhile=later)).state is JobRunState.SUCCEEDED


def test_a_database_that_is_away_for_a_moment_costs_a_run_nothing(world: World, monkeypatch: Any) -> None:
    define(world)
    run_id = world.start()
    find, asked = world.control.runs.find, []

    def away(wanted: str) -> JobRun:
        asked.append(wanted)
        if len(asked) in (2, 3):
            raise StateError("away")
        return find(wanted)

    process = Lasting(code=0, meanwhile=lambda: None, waits=22)
    world.launcher.prepared = [process]
    execution = world.execution
    claimed = execution.claim()
    assert claimed is not None
    world.say_well(run_id)
    monkeypatch.setattr(world.control.runs, "find", away)
    assert execution.execute(*claimed, is_stopped=lambda: False).state is JobRunState.SUCCEEDED
    assert (process.stops, process.waits) == (0, 0)
    # For its timeout, at each fifth of 22 waits, for its end, and for the answer: no more often.
    assert len(asked) == 1 + 4 + 1 + 1


def test_whoever_is_asked_to_stop_ends_the_process(world: World) -> None:
    define(world, MaxRetries=1)
    world.start()
    execution = world.execution
    claimed = execution.claim()
    assert claimed is not None
    process = Process(code=None)
    world.launcher.prepared = [process]
    assert execution.execute(*claimed, is_stopped=lambda: True).state is JobRunState.STOPPED
    assert process.stops == 1


@pytest.mark.parametrize(
    ("said", "code", "state", "words"),
    [
        (True, 0, JobRunState.SUCCEEDED, None),
        (True, 9, JobRunState.FAILED, "exit 9. To see its whole log: placekeeper runs logs "),
        (False, 0, JobRunState.FAILED, "The job process ended itself before"),
        (False, 9, JobRunState.FAILED, "exit 9. To see its whole log: placekeeper runs logs "),
    ],
)
def test_a_run_succeeds_when_it_says_so_and_its_process_ends_well(
    world: World, said: bool, code: int, state: JobRunState, words: str | None
) -> None:
    define(world)
    run_id = world.start()
    ended = world.see_through(Process(code, meanwhile=lambda: world.say_well(run_id) if said else None))
    assert ended.state is state
    assert ended.error_message == words or (ended.error_message or "").startswith(words or "-")


def test_a_script_begins_only_in_a_run_that_is_recorded_as_running(world: World) -> None:
    """Death before that leaves STARTING, and only what nobody has begun is given to another."""
    define(world)
    run_id = world.start()
    states: list[JobRunState] = []

    class Recording(Launcher):
        def launch(self, run: JobRun, token: str) -> Process:
            states.append(world.run(run_id).state)
            return super().launch(run, token)

    world.launcher = Recording()
    world.see_through(Process(code=1))
    assert states == [JobRunState.RUNNING]


def test_a_launcher_that_slept_does_not_touch_the_run_that_another_has(world: World) -> None:
    define(world, MaxRetries=1)
    run_id = world.start()
    slow, quick = Launcher(identity=f"{SUPERVISOR}a"), Launcher(identity=f"{SUPERVISOR}b")
    world.join(slow.identity)
    world.join(quick.identity)
    sleeping = world.execution_of(slow)
    claimed = sleeping.claim()
    assert claimed is not None
    quick.dead = {slow.identity: 1}
    awake = world.execution_of(quick)
    awake.reap()
    again = awake.claim()
    assert again is not None
    world.control.lifecycle.move(again[0], JobRunState.RUNNING)

    sleeping.execute(*claimed, is_stopped=lambda: False)
    assert slow.launched == []
    now = world.run(run_id)
    assert (now.state, now.launcher) == (JobRunState.RUNNING, quick.identity)
    assert not world.control.lifecycle.move(claimed[0], JobRunState.FAILED, "mine no more")
    assert world.control.runs.by_token(again[1]).id == run_id
    with pytest.raises(AccessDeniedException):
        world.control.runs.by_token(claimed[1])


@pytest.mark.parametrize("ending", [Process(code=1), Process(code=0)])
def test_a_run_that_was_to_stop_is_not_tried_again(world: World, ending: Process) -> None:
    define(world, MaxRetries=1)
    run_id = world.start()
    ending.meanwhile = lambda: world.control.runs.stop("j", run_id)
    assert world.see_through(ending).state is JobRunState.STOPPED
    assert len(world.states()) == 1


def test_a_run_that_was_to_stop_before_it_began_never_begins(world: World) -> None:
    define(world, MaxRetries=1)
    run_id = world.start()
    execution = world.execution
    claimed = execution.claim()
    assert claimed is not None
    world.control.runs.stop("j", run_id)
    assert execution.execute(*claimed, is_stopped=lambda: False).state is JobRunState.STOPPED
    assert (world.launcher.launched, len(world.states())) == ([], 1)


def test_a_stop_that_comes_with_the_timeout_ends_the_run(world: World) -> None:
    define(world, Timeout=1)
    run_id = world.start()

    class Slow(Process):
        def stop(self) -> int:
            world.control.runs.stop("j", run_id)
            return super().stop()

    def later() -> None:
        world.clock.ms += MINUTE_MS

    assert world.see_through(Slow(code=None, meanwhile=later)).state is JobRunState.STOPPED


def test_what_can_never_be_launched_is_not_tried_again(world: World) -> None:
    define(world, MaxRetries=3)
    world.start()
    refused = world.see_through(LaunchRefused("Streaming jobs do not run here"))
    assert (refused.state, refused.error_message) == (
        JobRunState.FAILED,
        "Streaming jobs do not run here",
    )
    assert len(world.states()) == 1


def test_who_was_given_up_takes_no_run_before_it_is_back(world: World) -> None:
    define(world)
    run_id = world.start()
    asleep = f"{SUPERVISOR}asleep"
    assert world.control.lifecycle.claim(asleep) is None
    world.join(asleep)
    assert world.control.lifecycle.claim(asleep) is not None
    assert world.run(run_id).launcher == asleep


def test_a_launcher_that_counts_on_is_not_reaped(world: World) -> None:
    """It was held for dead and woke up before that was recorded."""
    define(world, MaxRetries=1)
    run_id = world.start()
    awake = f"{SUPERVISOR}awake"
    world.join(awake)
    claimed = world.control.lifecycle.claim(awake)
    assert claimed is not None
    world.control.lifecycle.move(claimed[0], JobRunState.RUNNING)
    world.launcher.dead = {awake: 0}
    world.execution.reap()
    assert world.run(run_id).state is JobRunState.RUNNING


def test_a_run_that_ended_while_its_launcher_was_given_up_has_succeeded(world: World) -> None:
    define(world, MaxRetries=1)
    run_id = world.start()
    dead = f"{SUPERVISOR}dead"
    world.join(dead)
    claimed = world.control.lifecycle.claim(dead)
    assert claimed is not None
    world.control.lifecycle.move(claimed[0], JobRunState.RUNNING)
    seen_before = world.run(run_id)
    world.say_well(run_id)
    assert world.control.lifecycle.record_lost(seen_before, {dead: 1})
    assert world.run(run_id).state is JobRunState.SUCCEEDED


def test_a_run_of_a_deleted_job_is_not_tried_again(world: World) -> None:
    define(world, MaxRetries=1)
    world.start()
    ended = world.see_through(Process(code=1, meanwhile=lambda: world.control.jobs.delete("j")))
    assert ended.state is JobRunState.FAILED
    assert len(world.states()) == 1


def test_a_start_does_not_overtake_those_that_wait(world: World) -> None:
    define(world, JobRunQueuingEnabled=True)
    first, second = world.start(), world.start()
    claimed = world.execution.claim()
    assert claimed is not None
    world.control.lifecycle.move(claimed[0], JobRunState.FAILED, "x")
    third = world.start()  # before any supervisor has looked
    assert [world.run(r).state.value for r in (first, second, third)] == ["FAILED", "WAITING", "WAITING"]


def test_a_start_sent_again_is_known_by_what_it_asked_for(world: World) -> None:
    define(world)
    request = {"Arguments": {"--placekeeper-client-token": "t", "--a": "1"}}
    run_id = world.start(**request)
    update = {"Role": "r", "Command": {"Name": "glueetl"}, "Description": "changed meanwhile"}
    world.control.jobs.update("j", update)
    assert world.start(**request) == run_id
    world.clock.ms += 1
    world.control.jobs.delete("j")
    define(world, ExecutionProperty={"MaxConcurrentRuns": 2})
    again = world.start(**request)  # of another job, whatever its name
    assert again != run_id
    assert world.start(**request) == again


def test_time_in_the_queue_is_no_execution_time(world: World) -> None:
    define(world, JobRunQueuingEnabled=True)
    first, second = world.start(), world.start()
    world.see_through(Process(code=1))
    world.clock.ms += 60 * MINUTE_MS
    assert run_on_wire(world.run(first))["ExecutionTime"] == 0

    def a_minute() -> None:
        world.clock.ms += MINUTE_MS
        world.say_well(second)

    assert run_on_wire(world.see_through(Process(code=0, meanwhile=a_minute)))["ExecutionTime"] == 60


def quarantine(world: World, run_id: str, path: str) -> None:
    """What a job process does before it asks for another."""
    run = world.run(run_id)
    opened = world.control.bookmarks.open(run, OpenRequest(name="j", option=BookmarkOption.ENABLE))
    bad = BadFile("rows", ObjectMeta(path=path, last_modified_ms=1, size=1), "line 1")
    world.control.marks.note(run, BadFilesRequest(name="j", version=opened.version or 0, bad=(bad,)))


def test_a_process_that_has_quarantined_is_followed_by_another_of_the_same_run(world: World) -> None:
    define(world, MaxRetries=1)
    run_id = world.start()
    ended = world.see_through(
        Process(code=BEGIN_AGAIN, meanwhile=lambda: quarantine(world, run_id, "s3://b/1")),
        Process(code=BEGIN_AGAIN, meanwhile=lambda: quarantine(world, run_id, "s3://b/2")),
        Process(code=0, meanwhile=lambda: world.say_well(run_id)),
    )
    assert (ended.state, ended.attempt) == (JobRunState.SUCCEEDED, 0)
    assert world.launcher.launched == [run_id] * 3
    assert len(world.states()) == 1


def test_that_exit_code_of_a_script_that_quarantined_nothing_is_a_failure(world: World) -> None:
    define(world)
    run_id = world.start()
    ended = world.see_through(
        Process(code=BEGIN_AGAIN, meanwhile=lambda: quarantine(world, run_id, "s3://b/1")),
        Process(code=BEGIN_AGAIN),
    )
    assert ended.state is JobRunState.FAILED
    assert ended.error_message is not None
    assert ended.error_message.startswith(f"exit {BEGIN_AGAIN}.")


def test_a_run_that_was_stopped_does_not_begin_again(world: World) -> None:
    define(world)
    run_id = world.start()

    def stopped() -> None:
        world.control.runs.stop("j", run_id)

    process = Process(code=None, meanwhile=stopped)
    ended = world.see_through(
        Process(code=BEGIN_AGAIN, meanwhile=lambda: quarantine(world, run_id, "s3://b/1")), process
    )
    assert ended.state is JobRunState.STOPPED
    assert process.stops == 1
