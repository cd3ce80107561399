"""Figures for Prometheus: counters of the server, and the standing of the state when Prometheus asks."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class StateFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The standing of the state: runs by their state, and how long ago garbage was collected, if ever.

    `quarantined` are objects that are left out now because they could not be read, by bookmark;
    `quarantines` is how many ever were.
    """

    runs: Mapping[str, int]
    open_runs: int
    housekeeping_age_s: float | None = None
    quarantined: Mapping[str, int] = {}
    quarantines: int = 0


class Metrics:
    """All figures of one server, in a registry of its own."""

    content_type: Final = CONTENT_TYPE_LATEST

    def __init__(self, standing: Callable[[], StateFigures]) -> None:
        self._registry = CollectorRegistry()
        requests = Counter(
            "placekeeper_requests",
            "Requests that were answered, by operation and result.",
            ("operation", "code"),
            registry=self._registry,
        )
        latency = Histogram(
            "placekeeper_request_seconds",
            "How long answers took.",
            ("operation",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        # Finding a series costs more than counting; operations and codes are few.
        self._requests_of = cache(requests.labels)
        self._latency_of = cache(latency.labels)
        self._commits = Counter(
            "placekeeper_bookmark_commits",
            "Calls by which job processes committed a bookmark.",
            registry=self._registry,
        )
        self._registry.register(_Standings(standing))

    def answered(self, operation: str, code: str, seconds: float) -> None:
        """Count one answer; `code` is OK or the name of the error. Operations are those that are served."""
        self._requests_of(operation, code).inc()
        self._latency_of(operation).observe(seconds)
        if operation == "exchange/commit" and code == "OK":
            self._commits.inc()

    def text(self) -> bytes:
        """All figures in Prometheus' format. This reads the state."""
        return generate_latest(self._registry)


class _Standings(Collector):
    """Asks the state when Prometheus asks."""

    def __init__(self, standing: Callable[[], StateFigures]) -> None:
        self._standing = standing

    def describe(self) -> list[GaugeMetricFamily]:
        """Empty, because registering must not read the state."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures of now."""
        now = self._standing()
        runs = GaugeMetricFamily("placekeeper_runs", "Job runs by state.", labels=["state"])
        for state, count in sorted(now.runs.items()):
            runs.add_metric([state], count)
        yield runs
        quarantined = GaugeMetricFamily(
            "placekeeper_quarantined_objects",
            "Objects that runs leave out because they could not be read, by bookmark.",
            labels=["bookmark"],
        )
        for name, count in sorted(now.quarantined.items()):
            quarantined.add_metric([name], count)
        yield quarantined
        yield CounterMetricFamily(
            "placekeeper_quarantines",
            "How often an object could not be read and was left out.",
            now.quarantines,
        )
        yield GaugeMetricFamily("placekeeper_open_runs", "Job runs that have not ended.", value=now.open_runs)
        if now.housekeeping_age_s is not None:
            yield GaugeMetricFamily(
                "placekeeper_housekeeping_age_seconds",
                "Seconds since garbage was last looked for.",
                value=now.housekeeping_age_s,
            )
