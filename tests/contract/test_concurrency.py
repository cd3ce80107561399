"""What use cases promise when several processes act on one database at the same time."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine

from controls import control_over
from placekeeper.control.service import Control
from placekeeper.host.clock import SystemClock, random_hex
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import (
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    GlueError,
    IdempotentParameterMismatchException,
    InvalidInputException,
)
from placekeeper.model.exchange import CommitRequest, OpenRequest
from placekeeper.model.jobs import OPEN_STATES, JobRun, JobRunState
from placekeeper.store.store import SqlStore

AT_ONCE = 4
T = TypeVar("T")


@pytest.fixture
def controls(connect: Callable[[], Engine]) -> Sequence[Control]:
    """The use cases as so many processes have them: each over connections of its own."""
    stores = [SqlStore(connect()) for _ in range(AT_ONCE)]
    for store in stores:
        with store.read() as tx:  # connected now, so that nobody comes late to the race
            tx.jobs.get("j")
    return [
        control_over(
            store=store,
            clock=SystemClock(),
            staging=None,  # nothing is written here
            random_hex=random_hex,
        )
        for store in stores
    ]


def at_once(controls: Sequence[Control], act: Callable[[Control], T]) -> list[T | GlueError]:
    """What came of acting on every control at the same time."""
    barrier = Barrier(len(controls))

    def go(control: Control) -> T | GlueError:
        barrier.wait()
        try:
            return act(control)
        except GlueError as error:
            return error

    with ThreadPoolExecutor(len(controls)) as threads:
        return list(threads.map(go, controls))


def spec(**more: Any) -> dict[str, Any]:
    return {"Name": "j", "Role": "r", "Command": {"Name": "glueetl", "ScriptLocation": "/s.py"}, **more}


def register(control: Control) -> JobRun:
    run, _ = control.run_starter.register("j", script_location="/s.py", arguments={}, launcher="l")
    return run


@pytest.mark.parametrize("limit", [1, 2])
def test_never_more_runs_than_the_limit(controls: Sequence[Control], limit: int) -> None:
    controls[0].jobs.create(spec(ExecutionProperty={"MaxConcurrentRuns": limit}))
    outcomes = at_once(controls, lambda control: control.run_starter.start({"JobName": "j"}))
    started = [outcome for outcome in outcomes if isinstance(outcome, str)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, ConcurrentRunsExceededException)]
    assert (len(started), len(refused)) == (limit, AT_ONCE - limit)


def test_waiting_runs_start_one_by_one(controls: Sequence[Control], store: SqlStore) -> None:
    controls[0].jobs.create(spec(JobRunQueuingEnabled=True))
    ids = at_once(controls, lambda control: control.run_starter.start({"JobName": "j"}))
    states = Counter(controls[0].runs.find(str(run_id)).state for run_id in ids)
    assert states == {JobRunState.STARTING: 1, JobRunState.WAITING: AT_ONCE - 1}
    assert at_once(controls, lambda control: control.lifecycle.promote()) == [0] * AT_ONCE
    with store.write() as tx:
        tx.launchers.insert("a", host="h")
    taken = controls[0].lifecycle.claim("a")
    assert taken is not None
    controls[0].lifecycle.move(taken[0], JobRunState.FAILED, "why")
    assert sum(at_once(controls, lambda control: control.lifecycle.promote())) == 1


def test_each_run_goes_to_one_launcher(controls: Sequence[Control], store: SqlStore) -> None:
    controls[0].jobs.create(spec(ExecutionProperty={"MaxConcurrentRuns": 9}))
    started = [controls[0].run_starter.start({"JobName": "j"}) for _ in range(6)]

    with store.write() as tx:
        for control in controls:
            tx.launchers.insert(f"launcher {id(control)}", host="h")

    def claim_all(control: Control) -> list[str]:
        claimed = []
        while any(run.launcher is None for run in control.lifecycle.open_runs()):
            if (found := control.lifecycle.claim(f"launcher {id(control)}")) is not None:
                claimed.append(found[0].id)
        return claimed

    claimed = [run_id for ids in at_once(controls, claim_all) for run_id in ids]
    assert sorted(claimed) == sorted(started)


def test_a_start_that_is_sent_again_meanwhile_is_one_run(controls: Sequence[Control]) -> None:
    controls[0].jobs.create(spec(ExecutionProperty={"MaxConcurrentRuns": 9}))
    request = {"JobName": "j", "Arguments": {"--placekeeper-client-token": "t"}}
    assert len(set(at_once(controls, lambda control: control.run_starter.start(request)))) == 1


def test_a_client_token_goes_with_its_job(controls: Sequence[Control]) -> None:
    """A job that is made anew knows no starts of the one before."""
    request = {"JobName": "j", "Arguments": {"--placekeeper-client-token": "t"}}
    control = controls[0]
    control.jobs.create(spec(ExecutionProperty={"MaxConcurrentRuns": 9}))
    before = control.run_starter.start(request)
    control.jobs.delete("j")
    control.jobs.create(spec(ExecutionProperty={"MaxConcurrentRuns": 9}))
    after = control.run_starter.start(request)
    assert after != before
    assert control.run_starter.start(request) == after


def test_starts_in_one_transaction_are_what_they_would_be_one_by_one(controls: Sequence[Control]) -> None:
    control = controls[0]
    control.jobs.create(spec(ExecutionProperty={"MaxConcurrentRuns": 3}))
    token = {"Arguments": {"--placekeeper-client-token": "t"}}
    long = {"Arguments": {"--placekeeper-client-token": "t" * 256}}
    waits = {"JobRunQueuingEnabled": True}

    requests = ({}, token, {"JobName": "x"}, token, long, {}, {}, waits)
    outcomes = control.run_starter.start_all([{"JobName": "j", **more} for more in requests])

    first, second, unknown, again, too_long, third, over, waiting = outcomes
    assert again == second
    assert isinstance(unknown, EntityNotFoundException)
    assert isinstance(too_long, InvalidInputException)
    assert isinstance(over, ConcurrentRunsExceededException)
    found = [run.id for _, run in control.runs.page("j", before=None, limit=9).items]
    assert found == [waiting, third, second, first]
    assert [control.runs.find(run_id).state.value for run_id in found] == ["WAITING", *["STARTING"] * 3]


def test_a_job_is_defined_once(controls: Sequence[Control]) -> None:
    assert at_once(controls, lambda control: control.jobs.create(spec())) == ["j"] * AT_ONCE
    outcomes = at_once(controls, lambda control: control.jobs.create(spec(Timeout=1)))
    assert all(isinstance(outcome, IdempotentParameterMismatchException) for outcome in outcomes)


def test_runs_define_their_job_at_the_same_time(controls: Sequence[Control]) -> None:
    runs = at_once(controls, register)
    assert [type(run) for run in runs] == [JobRun] * AT_ONCE
    assert len(controls[0].runs.page("j", before=None, limit=99).items) == AT_ONCE


def test_opens_come_one_after_the_other(controls: Sequence[Control]) -> None:
    request = OpenRequest(name="b", option=BookmarkOption.ENABLE)
    opened = at_once(controls, lambda control: control.bookmarks.open(register(control), request))
    assert sorted(o.version for o in opened if o.version is not None) == [1, 2, 3, 4]  # type: ignore[union-attr]


@pytest.mark.parametrize("again", [False, True])
def test_of_a_commit_and_a_reset_one_comes_first(controls: Sequence[Control], again: bool) -> None:
    request = OpenRequest(name="b", option=BookmarkOption.ENABLE)
    for control in controls[: 1 + again]:  # a first commit, so that there is something to reset
        run = register(control)
        opened = control.bookmarks.open(run, request)
        commit = CommitRequest(name="b", version=opened.version or 0, elements={}, manifest=())
        if again and control is controls[0]:
            control.bookmarks.commit(run, commit)

    def act(control: Control) -> object:
        if control is controls[0]:
            return control.bookmarks.commit(run, commit)
        return control.bookmarks.reset("b")

    outcomes = at_once(controls[:2], act)
    history = controls[0].bookmarks.history("b")
    assert [version.version for version in history] == list(range(len(history), 0, -1))
    lost = {type(outcome).__name__ for outcome in outcomes if isinstance(outcome, GlueError)}
    assert lost <= {"VersionMismatchException" if again else "EntityNotFoundException"}


def test_of_two_commits_of_one_version_one_wins(controls: Sequence[Control]) -> None:
    runs = [register(control) for control in controls[:2]]
    request = OpenRequest(name="b", option=BookmarkOption.ENABLE)
    versions = [controls[0].bookmarks.open(run, request).version for run in runs]
    requests = [CommitRequest(name="b", version=v or 0, elements={}, manifest=()) for v in versions]
    outcomes = at_once(
        controls[:2],
        lambda control: control.bookmarks.commit(
            runs[controls.index(control)], requests[controls.index(control)]
        ),
    )
    assert sum(getattr(outcome, "code", "") == "VersionMismatchException" for outcome in outcomes) == 1
    assert [version.version for version in controls[0].bookmarks.history("b")] == [3, 2, 1]


def test_pages_miss_no_run_that_starts_meanwhile(controls: Sequence[Control]) -> None:
    """A run becomes visible in the order of its ordinal: what a page has passed, nothing comes into."""
    controls[0].jobs.create(spec(ExecutionProperty={"MaxConcurrentRuns": 99}))
    seen: list[int] = []

    def act(control: Control) -> None:
        for _ in range(8):
            if control is not controls[0]:
                control.run_starter.start({"JobName": "j"})
                continue
            newest = [ordinal for ordinal, _ in control.runs.page("j", before=None, limit=99).items]
            assert set(seen) <= set(newest)
            assert all(ordinal > max(seen, default=0) for ordinal in set(newest) - set(seen))
            seen[:] = newest

    at_once(controls, act)
    assert len(controls[0].lifecycle.open_runs()) == 8 * (AT_ONCE - 1)
    assert {run.state for run in controls[0].lifecycle.open_runs()} <= set(OPEN_STATES)
