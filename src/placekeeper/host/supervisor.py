"""The supervisor: takes runs, sees each through in a thread of its own, and looks after what was left."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from placekeeper.control.crawling.execution import CrawlExecution
from placekeeper.control.jobs.execution import Execution
from placekeeper.control.ledger.compaction import Compaction
from placekeeper.control.ledger.housekeeping import Housekeeping
from placekeeper.control.publications import Publications
from placekeeper.control.service import Control
from placekeeper.events import EventLog
from placekeeper.host.background import every, steadily
from placekeeper.model.crawling import Crawl
from placekeeper.model.jobs import JobRun
from placekeeper.ports.clock import Clock
from placekeeper.rules.jobs.lifecycle import is_late

RUNS_AT_ONCE = 4
CRAWLS_AT_ONCE = 2
_POLL_S = 0.1
_REAP_S = 2.0
_SETTLE_S = 30.0
_HOUSEKEEPING_S = 60.0
_LOG = EventLog(__name__)


@contextmanager
def supervising(
    control: Control,
    execution: Execution,
    *,
    at_once: int,
    tell: Callable[[JobRun], None],
    crawling: CrawlExecution | None = None,
    tell_crawl: Callable[[Crawl], None] = lambda _: None,
) -> Iterator[None]:
    """Supervise while the context lasts; on leaving, running jobs are stopped and recorded as such.
    Crawls are taken by `crawling`, and stopped in the same way; `tell_crawl` is called as `tell`.

    `tell` is called with each run that begins here, and again when it has ended, by any thread.
    """
    stop = threading.Event()
    lateness = _Lateness(control.clock)
    execution.reap()
    threads = [*([] if crawling is None else _crawling(crawling, stop, tell_crawl))]
    threads += [
        threading.Thread(target=_dispatch, args=(execution, stop, at_once, tell), name="dispatcher"),
        every(_REAP_S, "reap", lambda: lateness.observe(execution.reap()), stop),
        every(_SETTLE_S, "settle", lambda: _settle(control.publications), stop),
        every(_HOUSEKEEPING_S, "housekeeping", lambda: _tidy(control.housekeeping), stop),
        every(_HOUSEKEEPING_S, "merging", lambda: _merge(control.compaction), stop),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _dispatch(
    execution: Execution, stop: threading.Event, at_once: int, tell: Callable[[JobRun], None]
) -> None:
    free = threading.Semaphore(at_once)

    def see_through(run: JobRun, token: str) -> None:
        steadily("telling", lambda: tell(run))  # apart: a terminal that has gone must not cost the run
        ended = steadily("run", lambda: execution.execute(run, token, is_stopped=stop.is_set), run_id=run.id)
        if ended is not None:
            steadily("telling", lambda: tell(ended))
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


def _crawling(
    crawling: CrawlExecution, stop: threading.Event, tell: Callable[[Crawl], None]
) -> list[threading.Thread]:
    """Threads that take crawls and see them through, and one that looks after what was left."""
    crawling.reap()

    def see_through(crawl: Crawl, token: str) -> None:
        steadily("telling", lambda: tell(crawl))
        ended = steadily("crawl", lambda: crawling.execute(crawl, token, is_stopped=stop.is_set))
        if ended is not None:
            steadily("telling", lambda: tell(ended))

    def take() -> None:
        while not stop.is_set():
            claimed = steadily("claim", crawling.claim)
            if claimed is None:
                stop.wait(_POLL_S)
                continue
            see_through(*claimed)

    takers = [threading.Thread(target=take, name="crawls") for _ in range(CRAWLS_AT_ONCE)]
    return [*takers, every(_REAP_S, "reap crawls", crawling.reap, stop)]


def _settle(publications: Publications) -> None:
    for run_id, error in publications.settle_ended().items():
        _LOG.warning("its output is not visible yet", run_id=run_id, why=str(error))


def _tidy(housekeeping: Housekeeping) -> None:
    staged, segments = housekeeping.tidy()
    if staged or segments:
        _LOG.info("collected", staged_files=staged, segments=segments)


def _merge(compaction: Compaction) -> None:
    merged = compaction.merge()
    if merged.into:
        _LOG.info("merged", segments=merged.segments, into=merged.into)
    for trouble in merged.troubles:
        _LOG.warning("segments were not merged", reason=trouble)


class _Lateness:
    """Notes, once for each run, that it takes longer than its NotifyDelayAfter."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: frozenset[str] = frozenset()

    def observe(self, taken: Sequence[JobRun]) -> None:
        """Look at the runs that go on and have a launcher."""
        now_ms = self._clock.now_ms()
        late = {run.id: run for run in taken if is_late(run, now_ms=now_ms)}
        for run_id in late.keys() - self._said:
            _LOG.warning("Glue Job Run Status", run_id=run_id, job=late[run_id].job_name, late=True)
        self._said = frozenset(late)
