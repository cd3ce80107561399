"""The supervisor: threads that take waiting runs and see them through."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from placekeeper.control.execution import Execution
from placekeeper.control.housekeeping import Housekeeping

RUNS_AT_ONCE = 4
_POLL_S = 0.1
_HOUSEKEEPING_S = 60.0
_LOG = structlog.get_logger(__name__)


@contextmanager
def supervising(execution: Execution, housekeeping: Housekeeping) -> Iterator[None]:
    """Supervise while the context lasts; on leaving, running jobs are stopped and recorded as such."""
    stop = threading.Event()
    execution.reap()
    threads = [
        threading.Thread(target=_work, args=(execution, stop), name=f"supervisor-{n}")
        for n in range(RUNS_AT_ONCE)
    ]
    threads.append(threading.Thread(target=_tidy, args=(execution, housekeeping, stop), name="housekeeping"))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _work(execution: Execution, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            found = execution.claim_and_execute(stop.is_set)
        except Exception:  # noqa: BLE001 - one run's trouble must not end the supervisor of all others
            _LOG.exception("supervisor")
            found = False
        if not found:
            stop.wait(_POLL_S)


def _tidy(execution: Execution, housekeeping: Housekeeping, stop: threading.Event) -> None:
    while not stop.wait(_HOUSEKEEPING_S):
        try:
            execution.reap()
            staged, segments = housekeeping.collect()
        except Exception:  # noqa: BLE001 - as above
            _LOG.exception("housekeeping")
            continue
        if staged or segments:
            _LOG.info("collected", staged_files=staged, segments=segments)
