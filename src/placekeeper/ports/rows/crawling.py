"""Crawlers, classifiers and crawls, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Sequence
from typing import Protocol

from placekeeper.model.crawling import Classifier, Crawl, CrawlCounts, CrawledFolder, Crawler, CrawlState
from placekeeper.model.page import Page


class CrawlerRows(Protocol):
    """Crawlers, and the folders that the last crawl of each has seen."""

    def insert(self, crawler: Crawler) -> None:
        """Raises AlreadyExistsException."""
        ...

    def get(self, name: str) -> Crawler | None: ...

    def replace(self, crawler: Crawler) -> bool:
        """Whether there was one."""
        ...

    def delete(self, name: str) -> bool:
        """Whether there was one. Its crawls and folders go with it."""
        ...

    def page(self, *, after: str | None, limit: int) -> Page[Crawler]:
        """Crawlers by name, those after `after`."""
        ...

    def folders(self, name: str) -> Sequence[CrawledFolder]:
        """What the last crawl has seen."""
        ...

    def put_folders(self, name: str, folders: Sequence[CrawledFolder]) -> None:
        """Remember these instead."""
        ...


class ClassifierRows(Protocol):
    """Classifiers, of all kinds under one name."""

    def insert(self, classifier: Classifier) -> None:
        """Raises AlreadyExistsException."""
        ...

    def get(self, name: str) -> Classifier | None: ...

    def replace(self, classifier: Classifier) -> bool:
        """Whether there was one."""
        ...

    def delete(self, name: str) -> bool:
        """Whether there was one."""
        ...

    def page(self, *, after: str | None, limit: int) -> Page[Classifier]:
        """Classifiers by name, those after `after`."""
        ...


class CrawlRows(Protocol):
    """Crawls. A transition is a compare-and-set that names the launcher."""

    def insert(self, crawl: Crawl, token_digest: str) -> None: ...

    def get(self, crawl_id: str) -> Crawl | None: ...

    def by_token(self, token_digest: str) -> Crawl | None:
        """The crawl whose token has that digest, if somebody has taken it."""
        ...

    def newest(self, crawler: str, *, ended: bool) -> Crawl | None:
        """The newest crawl of a crawler; with `ended`, of those that have ended."""
        ...

    def page(self, crawler: str, *, before: int | None, limit: int) -> Page[tuple[int, Crawl]]:
        """Crawls newest first with their ordinals, those before the ordinal `before`."""
        ...

    def open(self) -> Sequence[Crawl]:
        """Crawls that have not ended, oldest first."""
        ...

    def take(self, crawl_id: str, launcher: str, token_digest: str) -> bool:
        """Whether a crawl that nobody had taken is now this launcher's."""
        ...

    def move(
        self,
        crawl_id: str,
        *,
        to: CrawlState,
        launcher: str | None,
        now_ms: int,
        error_message: str | None = None,
    ) -> bool:
        """Whether the crawl, which had not ended and had this launcher, is in the state `to` now."""
        ...

    def put_counts(self, crawl_id: str, counts: CrawlCounts) -> None: ...

    def put_end(self, crawl_id: str, error_message: str | None) -> None:
        """Keep what a crawl's process said of its end: an error, or that it ended well."""
        ...
