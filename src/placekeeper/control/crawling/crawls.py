"""Crawls: start, stop, list, and what their processes report. Other transitions are of `CrawlLifecycle`."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from placekeeper.control.crawling.crawlers import crawler_of
from placekeeper.control.jobs.start import Randomness, digest
from placekeeper.model.crawling import Crawl, CrawlEnd, CrawlState
from placekeeper.model.errors import (
    AccessDeniedException,
    CrawlerNotRunningException,
    CrawlerRunningException,
    CrawlerStoppingException,
    EntityNotFoundException,
)
from placekeeper.model.page import Page
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.crawling.figures import Figures, figures_of

_LOOKED_AT = 500
"""How many crawls are read at a time, to find those that a filter means."""

_MEDIAN_OF = 30
"""How many crawls the median of GetCrawlerMetrics is of."""


class Crawls:
    """The use cases of crawls for callers and for their processes."""

    def __init__(self, store: Store, clock: Clock, random_hex: Randomness) -> None:
        self._store = store
        self._clock = clock
        self._random_hex = random_hex

    def start(self, crawler: str) -> Crawl:
        """Ask for a crawl; a supervisor takes it.

        Raises EntityNotFoundException, and CrawlerRunningException while one goes on.
        """
        with self._store.write() as tx:
            known = crawler_of(tx, crawler)
            newest = tx.crawls.newest(crawler, ended=False)
            if newest is not None and not newest.state.is_final:
                raise CrawlerRunningException(f"Crawler with name {crawler} has already started")
            named = [tx.classifiers.get(name) for name in known.spec.get("Classifiers") or ()]
            made = Crawl(
                id=_uuid(self._random_hex(16)),
                crawler=crawler,
                spec=known.spec,
                classifiers=tuple(classifier for classifier in named if classifier is not None),
                state=CrawlState.RUNNING,
                started_ms=self._clock.now_ms(),
            )
            tx.crawls.insert(made, digest(self._random_hex(32)))
        return made

    def stop(self, crawler: str) -> None:
        """Ask the crawl of a crawler to stop. One that nobody has taken ends at once.

        Raises EntityNotFoundException, CrawlerNotRunningException, and CrawlerStoppingException.
        """
        with self._store.write() as tx:
            crawler_of(tx, crawler)
            newest = tx.crawls.newest(crawler, ended=False)
            if newest is None or newest.state.is_final:
                raise CrawlerNotRunningException(f"Crawler with name {crawler} isn't running")
            if newest.state is CrawlState.STOPPING:
                raise CrawlerStoppingException(f"Crawler with name {crawler} is stopping")
            to = CrawlState.STOPPED if newest.launcher is None else CrawlState.STOPPING
            tx.crawls.move(newest.id, to=to, launcher=newest.launcher, now_ms=self._clock.now_ms())

    def find(self, crawl_id: str) -> Crawl:
        """Raises EntityNotFoundException."""
        with self._store.read_once() as tx:
            found = tx.crawls.get(crawl_id)
        if found is None:
            raise EntityNotFoundException(f"Crawl {crawl_id} not found.")
        return found

    def newest(self, crawler: str) -> Crawl | None:
        """The newest crawl of a crawler, if there is one."""
        with self._store.read_once() as tx:
            return tx.crawls.newest(crawler, ended=False)

    def page(
        self, crawler: str, *, where: Callable[[Crawl], bool], before: int | None, limit: int
    ) -> Page[tuple[int, Crawl]]:
        """Crawls of a crawler newest first, with their ordinals: those for which `where` is true.

        Raises EntityNotFoundException for the crawler.
        """
        found: list[tuple[int, Crawl]] = []
        with self._store.read() as tx:
            crawler_of(tx, crawler)
            while True:
                page = tx.crawls.page(crawler, before=before, limit=_LOOKED_AT)
                for item in page.items:
                    if where(item[1]):
                        if len(found) == limit:
                            return Page(found, more=True)
                        found.append(item)
                if not page.more:
                    return Page(found, more=False)
                before = page.items[-1][0]

    def figures(self, names: Sequence[str], *, after: str | None, limit: int) -> Page[Figures]:
        """Figures of the crawlers of these names that there are; without names, of all after `after`."""
        with self._store.read() as tx:
            more = False
            if names:
                there = [name for name in dict.fromkeys(names) if tx.crawlers.get(name) is not None]
            else:
                page = tx.crawlers.page(after=after, limit=limit)
                there, more = [crawler.name for crawler in page.items], page.more
            now_ms = self._clock.now_ms()
            found = [figures_of(name, _newest(tx, name), now_ms=now_ms) for name in there]
        return Page(found, more=more)

    def by_token(self, token: str) -> Crawl:
        """The crawl that holds a token. Raises AccessDeniedException."""
        with self._store.read_once() as tx:
            crawl = tx.crawls.by_token(digest(token))
        if crawl is None or crawl.state.is_final:
            raise AccessDeniedException("this token does not belong to a crawl in progress")
        return crawl

    def end(self, crawl: Crawl, said: CrawlEnd) -> None:
        """Keep what a crawl's process says of its end; its launcher ends it.

        Raises AccessDeniedException if it has ended meanwhile.
        """
        with self._store.write() as tx:
            check_crawling(tx, crawl)
            if said.error_message is None:
                tx.crawlers.put_folders(crawl.crawler, said.folders)
            tx.crawls.put_end(crawl.id, said.error_message)


def _newest(tx: Transaction, crawler: str) -> Sequence[Crawl]:
    return [crawl for _, crawl in tx.crawls.page(crawler, before=None, limit=_MEDIAN_OF).items]


def check_crawling(tx: Transaction, crawl: Crawl) -> Crawl:
    """The crawl as it is now. Raises AccessDeniedException if it has ended, or is somebody else's."""
    now = tx.crawls.get(crawl.id)
    if now is None or now.state.is_final or now.launcher != crawl.launcher:
        raise AccessDeniedException(f"crawl {crawl.id} has ended")
    return now


def _uuid(hexadecimal: str) -> str:
    """Ids of crawls look as AWS's."""
    cuts = (0, 8, 12, 16, 20, 32)
    return "-".join(hexadecimal[begin:end] for begin, end in pairwise(cuts))
