"""The figures of one state, as /metrics asks for them."""

from placekeeper.model.jobs import OPEN_STATES
from placekeeper.ports.clock import Clock
from placekeeper.server.metrics import Metrics, Standing
from placekeeper.wiring.state import State


def metrics_of(state: State, clock: Clock) -> Metrics:
    """Counters that begin at zero, and gauges that read the state whenever they are asked."""

    def standing() -> Standing:
        counts = state.control.runs.counts()
        tidied_ms = state.tidied_ms
        return Standing(
            runs={found.value: count for found, count in counts.items()},
            open_runs=sum(counts.get(found, 0) for found in OPEN_STATES),
            housekeeping_age_s=None if tidied_ms is None else (clock.now_ms() - tidied_ms) / 1000,
        )

    return Metrics(standing)
