"""The transitions of crawls; each is a compare-and-set, and only launchers and supervisors make them."""

from collections.abc import Sequence

import msgspec

from placekeeper.control.jobs.start import Randomness, digest
from placekeeper.model.crawling import Crawl, CrawlState
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store

_KILLED = (
    "The process that ran this crawl was killed. What it had changed in the catalog stays. Start the crawler "
    "again: it finds the rest."
)


class CrawlLifecycle:
    """Moves crawls from state to state."""

    def __init__(self, store: Store, clock: Clock, random_hex: Randomness) -> None:
        self._store = store
        self._clock = clock
        self._random_hex = random_hex

    def waiting(self) -> Sequence[Crawl]:
        """Crawls that nobody has taken, oldest first."""
        with self._store.read_once() as tx:
            return [crawl for crawl in tx.crawls.open() if crawl.launcher is None]

    def taken(self) -> Sequence[Crawl]:
        """Crawls in progress that have a launcher."""
        with self._store.read_once() as tx:
            return [crawl for crawl in tx.crawls.open() if crawl.launcher is not None]

    def take(self, crawl: Crawl, launcher: str) -> tuple[Crawl, str] | None:
        """Take a crawl that nobody has taken, and make a token for it.

        None if somebody was faster, or if the launcher was given up for dead and has not come back yet.
        """
        token = self._random_hex(32)
        with self._store.write() as tx:
            if not tx.launchers.renew(launcher) or not tx.crawls.take(crawl.id, launcher, digest(token)):
                return None
        return msgspec.structs.replace(crawl, launcher=launcher), token

    def move(self, crawl: Crawl, to: CrawlState, error_message: str | None = None) -> bool:
        """Move a crawl; False if its launcher has lost it, or it has ended."""
        with self._store.write() as tx:
            return tx.crawls.move(
                crawl.id,
                to=to,
                launcher=crawl.launcher,
                now_ms=self._clock.now_ms(),
                error_message=error_message,
            )

    def record_lost(self, crawl: Crawl, renewals: int | None, *, was_ours: bool) -> bool:
        """Record the end of a crawl whose launcher has died, and its process with it (the lifeline).

        `renewals` is the count of the launcher's lease when it was held for dead. False if it counts on.
        """
        with self._store.write() as tx:
            if not was_ours and tx.launchers.renewals(crawl.launcher or "") != renewals:
                return False
            now = tx.crawls.get(crawl.id)
            if now is None:
                return False
            is_stopping = now.state is CrawlState.STOPPING
            to = CrawlState.STOPPED if is_stopping else CrawlState.FAILED
            if now.has_ended_well:
                to = CrawlState.COMPLETED
            return tx.crawls.move(
                crawl.id,
                to=to,
                launcher=crawl.launcher,
                now_ms=self._clock.now_ms(),
                error_message=(now.error_message or _KILLED) if to is CrawlState.FAILED else None,
            )
