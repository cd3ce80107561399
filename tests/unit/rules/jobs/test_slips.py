"""A misspelt name is noticed, a deliberate one is not accused."""

import pytest

from placekeeper.model.jobs import JobRun, JobRunState, RunSummary
from placekeeper.rules.jobs.slips import failed_on_arguments, slip_of

KNOWN = ["flights", "orders"]


@pytest.mark.parametrize("name", ["order", "ordrs", "oders", "orderss", "Orders", "odrers", "ordexs"])
def test_slips(name: str) -> None:
    assert slip_of(name, KNOWN) == "orders"


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "orders2",
        "orders_v2",
        "orders-dev",
        "dev-orders",
        "customers",
        "refunds",
        "or",
        "ordersdaily",
    ],
)
def test_names_that_are_meant(name: str) -> None:
    assert slip_of(name, KNOWN) is None


@pytest.mark.parametrize(
    ("name", "other", "is_slip"),
    [
        *(("bad", "cat", False), ("part", "cat", False), ("rdice", "ice", False), ("load", "lead", False)),
        *(("lod", "load", True), ("laod", "load", True), ("carts", "parts", True), ("a-b", "ab", False)),
        *(("ordrxs", "orders", False), ("customrs", "customers", True), ("custumars", "customers", True)),
    ],
)
def test_short_names_are_alike_more_seldom(name: str, other: str, is_slip: bool) -> None:
    assert slip_of(name, [other]) == (other if is_slip else None)


def failed(
    error: str | None, *, script_began: bool = True, state: JobRunState = JobRunState.FAILED
) -> JobRun:
    return JobRun(
        id="jr_1",
        job_name="orders",
        job_spec={},
        arguments={},
        state=state,
        attempt=0,
        started_ms=0,
        modified_ms=0,
        error_message=error,
        summary=RunSummary(script_began=script_began),
    )


def test_runs_that_failed_on_their_arguments() -> None:
    assert failed_on_arguments(failed("GlueArgumentError: the following arguments are required: --source"))
    assert failed_on_arguments(failed("ExtraUnavailable: no such file", script_began=False))


def test_runs_that_failed_by_what_they_did() -> None:
    assert not failed_on_arguments(failed("UsageError: the script's own class of that name"))
    assert not failed_on_arguments(failed("RecordUnreadable: file:///a: line 2"))
    assert not failed_on_arguments(failed(None, script_began=False, state=JobRunState.STOPPED))
