"""The life of a job run: its transitions, its end, and the retry after a failure.

Sources: docs/reference/operations.md#states-of-a-run (states, retries, timeouts, queueing).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.rules.jobs.definition_defaults import derived_members
from placekeeper.rules.jobs.run_ids import ATTEMPT

_S = JobRunState

TRANSITIONS: Mapping[JobRunState, frozenset[JobRunState]] = MappingProxyType(
    {
        _S.WAITING: frozenset({_S.STARTING, _S.STOPPED, _S.ERROR}),
        _S.STARTING: frozenset({_S.RUNNING, _S.STOPPING, _S.STOPPED, _S.FAILED}),
        _S.RUNNING: frozenset({_S.STOPPING, _S.STOPPED, _S.SUCCEEDED, _S.FAILED, _S.TIMEOUT}),
        # A script may have committed and ended well before the stop reached it: then the run has succeeded.
        _S.STOPPING: frozenset({_S.STOPPED, _S.SUCCEEDED}),
    }
)
"""The states that each open state may lead to; there is no other transition."""

RUNNING_STATES = (_S.STARTING, _S.RUNNING, _S.STOPPING)
"""States that count towards MaxConcurrentRuns; a waiting run does not."""

_MS_PER_MINUTE = 60_000


def leading_to(state: JobRunState) -> tuple[JobRunState, ...]:
    """The states from which `state` can be reached."""
    return tuple(before for before, after in TRANSITIONS.items() if state in after)


def end_of(state: JobRunState, seen: JobRunState) -> JobRunState:
    """The final state of a run that its launcher has `seen` end; STOPPED or SUCCEEDED if it was to stop.

    It is never FAILED or TIMEOUT then, so nothing retries it.
    """
    return _S.STOPPED if state is _S.STOPPING and seen in (_S.FAILED, _S.TIMEOUT) else seen


def next_attempt(failed: JobRun, *, now_ms: int) -> JobRun | None:
    """The retry of a failed run, in the state STARTING; None after MaxRetries retries.

    The first retry of `jr_1` is `jr_1_attempt_1`, and its PreviousRunId is `jr_1`.
    """
    attempt = failed.attempt + 1
    if attempt > int(failed.job_spec.get("MaxRetries") or 0):
        return None
    first = failed.id.partition(ATTEMPT)[0]
    return JobRun(
        id=f"{first}{ATTEMPT}{attempt}",
        job_name=failed.job_name,
        job_spec=failed.job_spec,
        state=JobRunState.STARTING,
        started_ms=max(now_ms, failed.started_ms),
        modified_ms=now_ms,
        arguments=failed.arguments,
        attempt=attempt,
        previous_run_id=failed.id,
    )


def timeout_minutes(spec: Mapping[str, Any]) -> int | None:
    """How long a run of a definition may be RUNNING; None for types that have no timeout."""
    minutes = spec.get("Timeout") or derived_members(spec).get("Timeout")
    return None if minutes is None else int(minutes)


def deadline_ms(run: JobRun) -> int | None:
    """When a running run reaches its timeout, in epoch milliseconds."""
    minutes = timeout_minutes(run.job_spec)
    if run.running_ms is None or minutes is None:
        return None
    return run.running_ms + minutes * _MS_PER_MINUTE


def is_late(run: JobRun, *, now_ms: int) -> bool:
    """Whether a run has taken longer than its NotifyDelayAfter, without its time in the queue."""
    minutes = (run.job_spec.get("NotificationProperty") or {}).get("NotifyDelayAfter")
    if run.running_ms is None or not minutes:
        return False
    return now_ms - run.running_ms > int(minutes) * _MS_PER_MINUTE


class SeenLease(msgspec.Struct, frozen=True):
    """A launcher's lease as one observer has seen it: the renewals counted, and since when (monotonic ms)."""

    renewals: int
    since_ms: int


class Observation(msgspec.Struct, frozen=True):
    """What one observer saw when it last looked (monotonic ms)."""

    at_ms: int
    leases: Mapping[str, SeenLease]


def observe(
    before: Observation | None, renewals: Mapping[str, int], *, now_ms: int, ttl_ms: int, gap_ms: int
) -> tuple[Observation, frozenset[str]]:
    """The observer's new observation, and the launchers whose lease has ended: not renewed for `ttl_ms`.

    Only the observer's own monotonic clock counts, so the clocks of several machines need not agree. Only
    time in which it kept looking counts: after more than `gap_ms` without a look it begins anew, because it
    slept or the database was away, and then other launchers could not renew either.
    """
    seen = before.leases if before is not None and now_ms - before.at_ms <= gap_ms else {}
    leases = {
        launcher: known
        if (known := seen.get(launcher)) and known.renewals == count
        else SeenLease(count, now_ms)
        for launcher, count in renewals.items()
    }
    ended = frozenset(launcher for launcher, lease in leases.items() if now_ms - lease.since_ms >= ttl_ms)
    return Observation(now_ms, leases), ended
