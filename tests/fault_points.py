"""The named points of a run at which tests kill its process, in their order."""

from collections.abc import Sequence

import pytest

STORES = ["local", "s3"]

BEFORE_COMMIT = [
    "sink.announced",
    "sink.file-opened",
    "sink.file-staged",
    "sink.collected",
    "commit.called",
    "commit.segments-durable",
]
AFTER_COMMIT = [
    "commit.durable",
    "publish.before-first",
    "publish.after-first",
    "publish.half",
    "publish.table-changed",
    "publish.partitions-added",
    "publish.all-visible",
    "publish.settled",
    "commit.returns",
]


POINTS = [*BEFORE_COMMIT, *AFTER_COMMIT]

DROPPED = "publish.partitions-dropped"
"""In a run that purges a table: partitions are gone, and their files not yet."""


def matrix(points: Sequence[str]) -> list[object]:
    """Every point on every store; `make test` takes each point on one of the two, `make crash` all."""
    return [
        pytest.param(store, point, marks=() if store == STORES[i % 2] else pytest.mark.crash)
        for i, point in enumerate(points)
        for store in STORES
    ]
