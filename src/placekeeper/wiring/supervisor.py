"""The supervisor: takes runs, sees each through in a thread of its own, and looks after what was left."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog

from placekeeper.control.execution import Execution
from placekeeper.control.housekeeping import Housekeeping
from placekeeper.control.lifecycle import Lifecycle
from placekeeper.engine.lifecycle import is_late
from placekeeper.model.jobs import JobRun
from placekeeper.ports.clock import Clock
from placekeeper.wiring.threads import every, steadily

RUNS_AT_ONCE = 4
_POLL_S = 0.1
_REAP_S = 2.0
_HOUSEKEEPING_S = 60.0
_LOG = structlog.get_logger(__name__)


@contextmanager
def supervising(
    execution: Execution, lifecycle: Lifecycle, housekeeping: Housekeeping, clock: Clock, *, at_once: int
) -> Iterator[None]:
    """Supervise while the context lasts; on leaving, running jobs are stopped and recorded as such."""
    stop = threading.Event()
    execution.reap()
    threads = [
        threading.Thread(target=_dispatch, args=(execution, stop, at_once), name="dispatcher"),
        every(_REAP_S, "reap", execution.reap, stop),
        every(_REAP_S, "late runs", _Lateness(lifecycle, clock).look, stop),
        every(_HOUSEKEEPING_S, "housekeeping", lambda: _collect(housekeeping), stop),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _dispatch(execution: Execution, stop: threading.Event, at_once: int) -> None:
    free = threading.Semaphore(at_once)

    def see_through(run: JobRun, token: str) -> None:
        steadily("run", lambda: execution.execute(run, token, is_stopped=stop.is_set), run_id=run.id)
        free.release()

    with ThreadPoolExecutor(at_once, thread_name_prefix="run") as pool:
        while not stop.is_set():
            if not free.acquire(timeout=_POLL_S):
                continue
            claimed = steadily("claim", execution.claim)
            if claimed is None:
                free.release()
                stop.wait(_POLL_S)
            else:
                pool.submit(see_through, *claimed)


def _collect(housekeeping: Housekeeping) -> None:
    staged, segments = housekeeping.collect()
    if staged or segments:
        _LOG.info("collected", staged_files=staged, segments=segments)


class _Lateness:
    """Says once of each run that it is open for longer than its NotifyDelayAfter."""

    def __init__(self, lifecycle: Lifecycle, clock: Clock) -> None:
        self._lifecycle = lifecycle
        self._clock = clock
        self._said: frozenset[str] = frozenset()

    def look(self) -> None:
        """Look at all open runs."""
        now_ms = self._clock.now_ms()
        late = {run.id: run for run in self._lifecycle.open_runs() if is_late(run, now_ms=now_ms)}
        for run_id in late.keys() - self._said:
            _LOG.warning("Glue Job Run Status", run_id=run_id, job=late[run_id].job_name, late=True)
        self._said = frozenset(late)
