"""The figures of one state, as /metrics asks for them."""

from placekeeper.control.service import Control
from placekeeper.model.jobs import OPEN_STATES, JobRunState
from placekeeper.server.http.metrics import Metrics, StateFigures

_ENDED = tuple(state for state in JobRunState if state.is_final)
_RECOUNTED_AFTER_MS = 60_000


def metrics_of(control: Control) -> Metrics:
    """Counters that begin at zero, and gauges that read the state whenever they are asked.

    Runs that have ended are counted once a minute: a million of them take a third of a second.
    """
    counted_ms, ended = -_RECOUNTED_AFTER_MS, dict[JobRunState, int]()

    def standing() -> StateFigures:
        nonlocal counted_ms, ended
        now_ms = control.clock.now_ms()
        if now_ms - counted_ms >= _RECOUNTED_AFTER_MS:
            counted_ms, ended = now_ms, dict(control.runs.counts(_ENDED))
        going_on = control.runs.counts(OPEN_STATES)
        tidied_ms = control.housekeeping.tidied_ms
        marks = control.marks.standing()
        return StateFigures(
            runs={found.value: count for found, count in (ended | dict(going_on)).items()},
            open_runs=sum(going_on.values()),
            housekeeping_age_s=None if tidied_ms is None else (now_ms - tidied_ms) / 1000,
            quarantined=marks.quarantined,
            quarantines=marks.times,
        )

    return Metrics(standing)
