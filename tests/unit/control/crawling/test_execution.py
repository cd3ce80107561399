"""Seeing crawls through: every end is recorded, and no crawler stays RUNNING."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from controls import control_over
from placekeeper.control.crawling.crawls import Crawls
from placekeeper.control.crawling.execution import LONGEST_MS, CrawlExecution
from placekeeper.control.crawling.transitions import CrawlLifecycle
from placekeeper.control.service import Control
from placekeeper.model.crawling import Crawl, CrawlEnd, CrawlState
from placekeeper.model.errors import LaunchFailed, StateError
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite


class Clock:
    ms = 1_000

    def now_ms(self) -> int:
        return self.ms


@dataclass
class Process:
    """Ends with the code when it has been waited for often enough; what happens meanwhile is the test's."""

    code: int | None = 0
    meanwhile: Any = None
    waits: int = 0
    stopped: bool = False

    def wait(self, timeout_s: float | None = None) -> int | None:
        self.waits += 1
        if self.meanwhile is not None:
            self.meanwhile(self.waits)
        return self.code if self.waits > 6 else None

    def stop(self) -> int:
        self.stopped = True
        return -15


@dataclass
class Launcher:
    process: Process = field(default_factory=Process)
    identity: str = "me"
    dead: dict[str, int | None] = field(default_factory=dict)
    error: LaunchFailed | None = None

    def launch(self, crawl: Crawl, token: str) -> Process:
        if self.error is not None:
            raise self.error
        return self.process

    def lost(self, launchers: frozenset[str]) -> Mapping[str, int | None]:
        return self.dead

    def describe_exit(self, crawl: Crawl, code: int) -> str:
        return f"exit {code}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(migrated_sqlite(tmp_path / "state.db"))
    with store.write() as tx:
        tx.launchers.insert("me", host="here")
    yield store
    store.close()


@pytest.fixture
def control(store: SqlStore, clock: Clock) -> Control:
    numbers = itertools.count(1)
    made = control_over(
        store=store, clock=clock, staging=None, random_hex=lambda size: f"{next(numbers):0{2 * size}x}"
    )
    targets = {"S3Targets": [{"Path": "s3://b/t"}]}
    made.crawlers.create("c", {"Role": "r", "Targets": targets}, "", {})
    made.crawls.start("c")
    return made


def ended(control: Control, launcher: Launcher, *, is_stopped: bool = False) -> Crawl:
    execution = control.crawling(launcher)
    claimed = execution.claim()
    assert claimed is not None
    assert execution.claim() is None
    return execution.execute(*claimed, is_stopped=lambda: is_stopped)


def test_a_crawl_that_says_that_all_is_done_is_completed(control: Control) -> None:
    def say(_: int) -> None:
        crawl = control.crawls.newest("c")
        assert crawl is not None
        if not crawl.has_ended_well:
            control.crawls.end(crawl, CrawlEnd())

    assert ended(control, Launcher(Process(meanwhile=say))).state is CrawlState.COMPLETED
    # Whatever came after: what it says is true.
    control.crawls.start("c")
    assert ended(control, Launcher(Process(code=-9, meanwhile=say))).state is CrawlState.COMPLETED


@pytest.mark.parametrize(
    ("launcher", "why"),
    [
        (Launcher(Process(code=0)), "without a word"),
        (Launcher(Process(code=-9)), "exit -9"),
        (Launcher(error=LaunchFailed("no memory")), "no memory"),
    ],
    ids=["silent", "killed", "not launched"],
)
def test_a_crawl_that_fails_says_why(control: Control, launcher: Launcher, why: str) -> None:
    crawl = ended(control, launcher)
    assert (crawl.state, crawl.ended_ms) == (CrawlState.FAILED, 1_000)
    assert why in (crawl.error_message or "")
    control.crawls.start("c")


def test_what_the_process_said_of_its_failure_is_the_reason(control: Control) -> None:
    def say(waits: int) -> None:
        crawl = control.crawls.newest("c")
        if waits == 1 and crawl is not None:
            control.crawls.end(crawl, CrawlEnd(error_message="no such bucket"))

    assert ended(control, Launcher(Process(code=1, meanwhile=say))).error_message == "no such bucket"


def test_a_crawl_that_is_stopped(control: Control) -> None:
    launcher = Launcher(Process(code=None, meanwhile=lambda waits: waits == 1 and control.crawls.stop("c")))
    assert ended(control, launcher).state is CrawlState.STOPPED
    assert launcher.process.stopped


def test_a_supervisor_that_ends_stops_its_crawls(control: Control) -> None:
    assert ended(control, Launcher(Process(code=None)), is_stopped=True).state is CrawlState.STOPPED


def test_a_crawl_ends_after_its_time(control: Control, clock: Clock) -> None:
    def pass_time(_: int) -> None:
        clock.ms = 1_000 + LONGEST_MS

    crawl = ended(control, Launcher(Process(code=None, meanwhile=pass_time)))
    assert (crawl.state, "24 hours" in (crawl.error_message or "")) == (CrawlState.FAILED, True)


def test_a_database_that_is_away_for_a_moment_costs_nothing(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, looks = control.crawls.find, itertools.count()

    def away(crawl_id: str) -> Crawl:
        if next(looks) == 0:
            raise StateError("away")
        return find(crawl_id)

    monkeypatch.setattr(control.crawls, "find", away)
    assert "exit 3" in (ended(control, Launcher(Process(code=3))).error_message or "")


def test_a_database_that_is_away_when_a_crawl_ends_does_not_leave_it_running(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = control.crawling(Launcher(Process(code=0)))
    claimed = execution.claim()
    assert claimed is not None

    def away(*_: object, **__: object) -> None:
        raise StateError("away")

    with monkeypatch.context() as patch:
        patch.setattr(Crawls, "find", away)
        patch.setattr(CrawlLifecycle, "move", away)
        with pytest.raises(StateError):
            execution.execute(*claimed, is_stopped=lambda: False)
    execution.reap()
    assert control.crawls.find(claimed[0].id).state is CrawlState.FAILED


def taken(control: Control, by: str) -> Crawl:
    (waiting,) = control.crawl_lifecycle.waiting()
    found = control.crawl_lifecycle.take(waiting, by)
    assert found is not None
    return found[0]


def test_the_crawl_of_a_dead_launcher_is_failed(control: Control, store: SqlStore) -> None:
    with store.write() as tx:
        tx.launchers.insert("other", host="there")
    crawl = taken(control, "other")
    execution: CrawlExecution = control.crawling(Launcher(dead={"other": 0}))
    execution.reap()  # it has counted on since
    assert control.crawls.find(crawl.id).state is CrawlState.RUNNING
    control.crawling(Launcher(dead={"other": 1})).reap()
    found = control.crawls.find(crawl.id)
    assert (found.state, "was killed" in (found.error_message or "")) == (CrawlState.FAILED, True)


def test_a_dead_launcher_may_have_ended_well_or_been_stopping(control: Control, store: SqlStore) -> None:
    with store.write() as tx:
        tx.launchers.insert("other", host="there")
    crawl = taken(control, "other")
    control.crawls.end(crawl, CrawlEnd())
    control.crawling(Launcher(dead={"other": 1})).reap()
    assert control.crawls.find(crawl.id).state is CrawlState.COMPLETED
    control.crawls.start("c")
    crawl = taken(control, "other")
    control.crawls.stop("c")
    control.crawling(Launcher(dead={"other": 2})).reap()
    assert control.crawls.find(crawl.id).state is CrawlState.STOPPED


def test_a_crawl_of_ours_that_nobody_watches_is_failed(control: Control) -> None:
    crawl = taken(control, "me")
    control.crawling(Launcher()).reap()
    assert control.crawls.find(crawl.id).state is CrawlState.FAILED


def test_a_launcher_that_was_given_up_takes_no_crawl(control: Control) -> None:
    assert control.crawling(Launcher(identity="unknown")).claim() is None
