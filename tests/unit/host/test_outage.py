"""A database that is away: told once, and not by everybody who needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import structlog
from structlog.testing import capture_logs

from placekeeper.host.background import steadily
from placekeeper.host.outage import OutageWatch
from placekeeper.model.errors import DatabaseAway, StateError


class Store:
    is_away = False

    @contextmanager
    def read(self) -> Iterator[Any]:
        if self.is_away:
            raise DatabaseAway("no answer")
        yield SimpleNamespace(launchers=SimpleNamespace(all=dict))


def test_an_outage_is_told_when_it_begins_and_when_it_ends() -> None:
    store = Store()
    outage = OutageWatch(store)  # type: ignore[arg-type]
    with capture_logs() as logs:
        for store.is_away in (False, True, True, False, False, True):
            outage.check()
    assert [log["event"].partition(":")[0] for log in logs] == [
        "the database does not answer",
        "the database answers again",
        "the database does not answer",
    ]


def test_work_that_fails_says_what_is_not_said_already() -> None:
    structlog.reset_defaults()  # what else ran in this process may have asked for warnings only

    def fail(error: Exception) -> None:
        raise error

    with capture_logs() as logs:
        steadily("reap", lambda: fail(DatabaseAway("away")))
        steadily("run", lambda: fail(DatabaseAway("away")), run_id="jr_1")
        steadily("tidy", lambda: fail(StateError("the disk is full")))
        steadily("other", lambda: fail(ValueError("a fault of ours")))
    assert [(log["event"], log["log_level"], "exc_info" in log) for log in logs] == [
        ("reap", "info", False),
        ("run", "warning", False),
        ("tidy", "warning", False),
        ("other", "error", True),
    ]
    assert logs[1]["run_id"] == "jr_1"
