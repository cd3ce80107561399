"""The figures of one state, as /metrics asks for them."""

from placekeeper.model.jobs import OPEN_STATES, JobRunState
from placekeeper.ports.clock import Clock
from placekeeper.server.http.metrics import Metrics, Standing
from placekeeper.wiring.state import State

_ENDED = tuple(state for state in JobRunState if state.is_final)
_RECOUNTED_AFTER_MS = 60_000


def metrics_of(state: State, clock: Clock) -> Metrics:
    """Counters that begin at zero, and gauges that read the state whenever they are asked.

    Runs that have ended are counted once a minute: a million of them take a third of a second.
    """
    counted_ms, ended = -_RECOUNTED_AFTER_MS, dict[JobRunState, int]()

    def standing() -> Standing:
        nonlocal counted_ms, ended
        now_ms = clock.now_ms()
        if now_ms - counted_ms >= _RECOUNTED_AFTER_MS:
            counted_ms, ended = now_ms, dict(state.control.runs.counts(_ENDED))
        going_on = state.control.runs.counts(OPEN_STATES)
        tidied_ms = state.tidied_ms
        marks = state.control.marks.standing()
        return Standing(
            runs={found.value: count for found, count in (ended | dict(going_on)).items()},
            open_runs=sum(going_on.values()),
            housekeeping_age_s=None if tidied_ms is None else (now_ms - tidied_ms) / 1000,
            quarantined=marks.quarantined,
            quarantines=marks.times,
        )

    return Metrics(standing)
