"""The life of a job run, as rules."""

import pytest

from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.rules.jobs.lifecycle import (
    TRANSITIONS,
    Observation,
    SeenLease,
    deadline_ms,
    is_late,
    leading_to,
    next_attempt,
    observe,
)


def run_of(spec: dict[str, object], **fields: object) -> JobRun:
    known = {"id": "jr_1", "job_name": "j", "state": JobRunState.RUNNING, "started_ms": 0, "modified_ms": 0}
    return JobRun(job_spec=spec, **{**known, **fields})  # type: ignore[arg-type]


def test_final_states_lead_nowhere_and_open_states_lead_to_an_end() -> None:
    assert set(TRANSITIONS) == {state for state in JobRunState if not state.is_final}
    for state in TRANSITIONS:
        reached, before = {state}, set[JobRunState]()
        while reached != before:
            before = set(reached)
            reached |= {to for state_before in before for to in TRANSITIONS.get(state_before, ())}
        assert any(end.is_final for end in reached), state
    assert leading_to(JobRunState.TIMEOUT) == (JobRunState.RUNNING,)


def test_attempts_follow_one_another_until_max_retries() -> None:
    first = run_of({"MaxRetries": 2}, arguments={"--a": "1"})
    second = next_attempt(first, now_ms=7)
    assert second is not None
    assert (second.id, second.attempt, second.previous_run_id) == ("jr_1_attempt_1", 1, "jr_1")
    assert (second.state, second.started_ms, second.arguments) == (JobRunState.STARTING, 7, {"--a": "1"})
    third = next_attempt(second, now_ms=8)
    assert third is not None
    assert (third.id, third.previous_run_id) == ("jr_1_attempt_2", "jr_1_attempt_1")
    assert next_attempt(third, now_ms=9) is None
    assert next_attempt(run_of({}), now_ms=1) is None


@pytest.mark.parametrize(
    ("spec", "minutes"),
    [
        ({"Timeout": 3}, 3),
        ({}, 480),
        ({"GlueVersion": "4.0"}, 2880),
        ({"Command": {"Name": "glueray"}}, None),
    ],
)
def test_the_deadline_counts_from_running(spec: dict[str, object], minutes: int | None) -> None:
    assert deadline_ms(run_of(spec)) is None
    expected = None if minutes is None else 1_000 + minutes * 60_000
    assert deadline_ms(run_of(spec, running_ms=1_000)) == expected


def test_a_run_is_late_after_its_delay() -> None:
    delay = {"NotificationProperty": {"NotifyDelayAfter": 2}}
    run = run_of(delay, running_ms=500)
    assert not is_late(run, now_ms=120_500)
    assert is_late(run, now_ms=120_501)
    assert not is_late(run_of({}, running_ms=0), now_ms=10**12)
    assert not is_late(run_of(delay, state=JobRunState.WAITING), now_ms=10**12)


def test_a_lease_ends_when_its_count_stands_still() -> None:
    look, ended = observe(None, {"a": 5, "b": 1}, now_ms=0, ttl_ms=30, gap_ms=29)
    assert (look, ended) == (Observation(0, {"a": SeenLease(5, 0), "b": SeenLease(1, 0)}), frozenset())
    look, ended = observe(look, {"a": 6, "b": 1}, now_ms=29, ttl_ms=30, gap_ms=29)
    assert ended == frozenset()
    look, ended = observe(look, {"a": 6, "b": 1}, now_ms=30, ttl_ms=30, gap_ms=29)
    assert ended == {"b"}
    look, ended = observe(look, {"a": 6}, now_ms=31, ttl_ms=30, gap_ms=29)
    assert (look, ended) == (Observation(31, {"a": SeenLease(6, 29)}), frozenset())


def test_time_in_which_nobody_could_look_does_not_count() -> None:
    look, _ = observe(None, {"a": 5}, now_ms=0, ttl_ms=30, gap_ms=10)
    look, ended = observe(look, {"a": 5}, now_ms=34, ttl_ms=30, gap_ms=10)
    assert (look, ended) == (Observation(34, {"a": SeenLease(5, 34)}), frozenset())
