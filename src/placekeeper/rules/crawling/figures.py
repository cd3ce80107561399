"""Figures of a crawler, as GetCrawlerMetrics has them.

Source: docs/reference/operations.md#crawlers.
"""

import statistics
from collections.abc import Sequence

from msgspec import Struct

from placekeeper.model.crawling import Crawl, CrawlCounts


class Figures(Struct, frozen=True, kw_only=True):
    """How long crawls take, in seconds, and what the last one that ended has changed."""

    crawler: str
    left: float
    is_estimating: bool
    last: float
    median: float
    counts: CrawlCounts


def figures_of(crawler: str, crawls: Sequence[Crawl], *, now_ms: int) -> Figures:
    """The figures of a crawler by its newest crawls, the newest first."""
    ended = [crawl for crawl in crawls if crawl.ended_ms is not None]
    seconds = [max(0, (crawl.ended_ms or 0) - crawl.started_ms) / 1000 for crawl in ended]
    median = statistics.median(seconds) if seconds else 0.0
    running = next((crawl for crawl in crawls if not crawl.state.is_final), None)
    left = 0.0
    if running is not None and seconds:
        left = max(0.0, median - (now_ms - running.started_ms) / 1000)
    return Figures(
        crawler=crawler,
        left=left,
        is_estimating=running is not None and not seconds,
        last=seconds[0] if seconds else 0.0,
        median=median,
        counts=ended[0].counts if ended else CrawlCounts(),
    )
