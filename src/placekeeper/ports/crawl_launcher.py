"""Launching the processes of crawls."""

from collections.abc import Mapping
from typing import Protocol

from placekeeper.model.crawling import Crawl
from placekeeper.ports.launcher import RunningJob


class CrawlLauncher(Protocol):
    """Starts the processes of crawls, and detects dead launchers."""

    @property
    def identity(self) -> str:
        """The id of this launcher, for the crawls that it takes."""
        ...

    def launch(self, crawl: Crawl, token: str) -> RunningJob:
        """Start the process of a crawl. Raises LaunchFailed with the reason."""
        ...

    def lost(self, launchers: frozenset[str]) -> Mapping[str, int | None]:
        """The dead launchers among these, with the counts of their expired leases (ports.launcher)."""
        ...

    def describe_exit(self, crawl: Crawl, code: int) -> str:
        """How the process of a crawl ended with an exit code other than 0, and what it said last."""
        ...
