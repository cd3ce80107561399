"""The execution of a crawl: take it, launch it, watch it, record how it ended.

Only the launcher of a crawl ends it, or whoever sees that the launcher has died: then its process has died
with it, too (the lifeline).
"""

import threading
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from placekeeper.control.crawling.crawls import Crawls
from placekeeper.control.crawling.transitions import CrawlLifecycle
from placekeeper.model.crawling import Crawl, CrawlState
from placekeeper.model.errors import LaunchFailed, StateError
from placekeeper.ports.clock import Clock
from placekeeper.ports.crawl_launcher import CrawlLauncher
from placekeeper.ports.launcher import RunningJob

LONGEST_MS: Final = 24 * 3_600_000
"""How long a crawl may take (our choice: AWS has no member for it)."""

_WAIT_S = 0.1
_WAITS_PER_LOOK = 5
_TROUBLE = "Placekeeper failed while it watched this crawl. Its own log says why."
_SILENT = "The crawl's process ended without a word. Start the crawler again."
_TOO_LONG = "The crawl was ended after 24 hours. Give its targets SampleSize or Exclusions, or split them."


class _End(Enum):
    """Why the watch over a process ended before the process did."""

    STOPPED = auto()
    TIMED_OUT = auto()
    TAKEN = auto()  # somebody gave us up for dead and has recorded the crawl's end


class CrawlExecution:
    """Runs crawls, one at a time per call; several threads may call."""

    def __init__(
        self, crawls: Crawls, lifecycle: CrawlLifecycle, launcher: CrawlLauncher, clock: Clock
    ) -> None:
        self._crawls = crawls
        self._lifecycle = lifecycle
        self._launcher = launcher
        self._clock = clock
        self._claiming = threading.Lock()
        self._mine: set[str] = set()

    def claim(self) -> tuple[Crawl, str] | None:
        """Take the oldest crawl that nobody has taken, and make a token for it; None if there is none."""
        for crawl in self._lifecycle.waiting():
            with self._claiming:  # until it is in the set, `reap` must not take it for a lost crawl
                taken = self._lifecycle.take(crawl, self._launcher.identity)
                if taken is not None:
                    self._mine.add(crawl.id)
                    return taken
        return None

    def execute(self, crawl: Crawl, token: str, *, is_stopped: Callable[[], bool]) -> Crawl:
        """Launch a crawl that is ours and watch it to its end; returns the crawl as it ended.

        Its process is ended when `is_stopped` (polled) is true, a stop was asked for, or the time is up.
        """
        is_over = False
        try:
            self._see_through(crawl, token, is_stopped)
            is_over = True
        finally:
            try:
                if not is_over:
                    self._lifecycle.move(crawl, CrawlState.FAILED, _TROUBLE)
            finally:  # where the database is away `reap` records the end, when it is back
                self._mine.discard(crawl.id)
        return self._crawls.find(crawl.id)

    def reap(self) -> None:
        """Record the end of crawls whose launcher has died, and of our own that no thread here watches."""
        taken = self._lifecycle.taken()
        if not taken:
            return
        lost = self._launcher.lost(frozenset(crawl.launcher for crawl in taken if crawl.launcher))
        with self._claiming:
            mine = frozenset(self._mine)
        for crawl in taken:
            is_forlorn = crawl.launcher == self._launcher.identity and crawl.id not in mine
            if crawl.launcher in lost or is_forlorn:
                self._lifecycle.record_lost(crawl, lost.get(crawl.launcher or ""), was_ours=is_forlorn)

    def _see_through(self, crawl: Crawl, token: str, is_stopped: Callable[[], bool]) -> None:
        try:
            process = self._launcher.launch(crawl, token)
        except LaunchFailed as error:
            self._lifecycle.move(crawl, CrawlState.FAILED, str(error))
            return
        is_watched = True
        try:
            end = self._watch(crawl, process, is_stopped)
            is_watched = False
        finally:
            if is_watched:
                process.stop()
        self._record(crawl, end)

    def _watch(self, crawl: Crawl, process: RunningJob, is_stopped: Callable[[], bool]) -> _End | int:
        """The exit code of the process, or why we have ended it."""
        waits = 0
        while (code := process.wait(_WAIT_S)) is None:
            waits += 1
            end = _End.STOPPED if is_stopped() else None
            if end is None and waits % _WAITS_PER_LOOK == 0:
                end = self._look(crawl)
            if end is not None:
                process.stop()
                return end
        return code

    def _look(self, crawl: Crawl) -> _End | None:
        """Why a crawl is to be ended now, if it is."""
        if self._clock.now_ms() - crawl.started_ms >= LONGEST_MS:
            return _End.TIMED_OUT
        try:
            now = self._crawls.find(crawl.id)
        except StateError:  # the database is away for a moment: the crawl goes on, we look again
            return None
        if now.state.is_final or now.launcher != crawl.launcher:
            return _End.TAKEN
        return _End.STOPPED if now.state is CrawlState.STOPPING else None

    def _record(self, crawl: Crawl, end: _End | int) -> None:
        """Record how a crawl ended. One that has done all its work has done so, whatever came after."""
        now = self._crawls.find(crawl.id)
        if end is _End.TAKEN:
            return
        if now.has_ended_well:
            self._lifecycle.move(crawl, CrawlState.COMPLETED)
        elif end is _End.STOPPED or now.state is CrawlState.STOPPING:
            self._lifecycle.move(crawl, CrawlState.STOPPED)
        elif end is _End.TIMED_OUT:
            self._lifecycle.move(crawl, CrawlState.FAILED, _TOO_LONG)
        else:
            assert isinstance(end, int)  # noqa: S101 - the others are above
            said = now.error_message or (self._launcher.describe_exit(crawl, end) if end else _SILENT)
            self._lifecycle.move(crawl, CrawlState.FAILED, said)
