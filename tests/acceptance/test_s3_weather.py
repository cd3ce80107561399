"""Whole runs on an S3 that throttles, breaks and has another time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from faulty_s3 import FaultyS3, faulty_s3
from s3 import S3Server
from workspace import S3Place, Workspace

pytestmark = pytest.mark.soak


@pytest.fixture
def proxy(s3: S3Server) -> Iterator[FaultyS3]:
    with faulty_s3(s3) as proxy:
        yield proxy


@pytest.fixture
def stormy(proxy: FaultyS3, tmp_path: Path) -> Workspace:
    """Data is put behind the proxy; runs are before it."""
    return Workspace(tmp_path, S3Place(proxy.behind, proxy.behind.new_bucket()), proxy.server.environ)


def test_a_run_gets_through_a_storm(stormy: Workspace, proxy: FaultyS3) -> None:
    for number in range(5):
        stormy.put_rows(f"day={number}/x.csv", number)
    faults = [
        proxy.inject("throttle", times=2, url="list-type=2"),
        proxy.inject("cut", times=1, url="list-type=2"),
        proxy.inject("reset", times=2, method="GET", url=".csv"),
        proxy.inject("cut", times=1, method="GET", url=".csv"),
        proxy.inject("throttle", times=2, method="PUT", status=500),
        proxy.inject("lost", times=1, method="POST", url="uploadId="),
    ]
    ended = stormy.run(arguments=("--bookmark-list-concurrency", "4"))
    assert ended.code == 0, ended.error
    assert stormy.counts(ended) == {"new": 5}
    assert stormy.ids() == [0, 1, 2, 3, 4]
    assert [fault.times for fault in faults] == [0] * len(faults)
    assert stormy.counts(stormy.run()) == {"done": 5}


@pytest.mark.soak
def test_a_store_that_stays_throttled_fails_the_run_and_loses_nothing(
    stormy: Workspace, proxy: FaultyS3
) -> None:
    stormy.put_rows("1.csv", 1)
    assert stormy.run().code == 0
    entry = stormy.entry()
    stormy.put_rows("2.csv", 2)
    proxy.inject("throttle", times=10_000)
    ended = stormy.run()
    assert ended.code == 1
    assert "was asked 8 times" in ended.error
    assert "SlowDown" in ended.error
    assert "Nothing was read" in ended.error
    proxy.faults.clear()
    assert stormy.entry() == entry
    assert stormy.counts(stormy.run()) == {"new": 1, "done": 1}
    assert stormy.ids() == [1, 2]


@pytest.mark.parametrize(("ahead_ms", "said"), [(3_600_000, "ahead of"), (-3_600_000, "behind")])
def test_a_store_with_another_time(stormy: Workspace, proxy: FaultyS3, ahead_ms: int, said: str) -> None:
    proxy.ahead_ms = ahead_ms
    stormy.put_rows("1.csv", 1)
    first = stormy.run()
    assert first.code == 0, first.error
    assert stormy.counts(first) == {"new": 1}
    assert [f"s {said} this machine's" in note for note in first.summary["summary"]["notes"]] == [True]
    stormy.put_rows("2.csv", 2)
    assert stormy.counts(stormy.run()) == {"new": 1, "done": 1}  # not late, not deferred
    assert stormy.ids() == [1, 2]


def test_the_concurrency_of_a_listing_is_a_small_number(stormy: Workspace) -> None:
    refused = stormy.run(arguments=("--bookmark-list-concurrency", "many"))
    assert refused.code == 2
    assert "--bookmark-list-concurrency must be a whole number from 1 to 64, not 'many'" in refused.error
