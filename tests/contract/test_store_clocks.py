"""A store whose clock is not ours: a run begins by the store's."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from faulty_s3 import FaultyS3, faulty_s3
from placekeeper.control.bookmarks.selection import select_objects, start_by_store
from placekeeper.host.clock import SystemClock
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.plan import Reason
from placekeeper.model.source import FileSource, Source
from placekeeper.objects.stores import ObjectStores
from placekeeper.rules.selection.choice import Choice
from placekeeper.rules.selection.window import Window
from s3 import S3Server

HOUR = 3_600_000
CLOCK = SystemClock()


@pytest.fixture
def proxy(s3: S3Server) -> Iterator[FaultyS3]:
    with faulty_s3(s3) as proxy:
        yield proxy


def source(path: str) -> Source:
    return FileSource(connection_type="s3", paths=(path,), format="csv", recurse=True)


@pytest.mark.parametrize("ahead_ms", [HOUR, -HOUR])
def test_the_skew_of_a_bucket(proxy: FaultyS3, ahead_ms: int) -> None:
    objects = ObjectStores.of(proxy.server.environ)
    paths = [f"s3://{proxy.behind.new_bucket()}/in/"]
    assert objects.clock_skew_ms(paths, CLOCK) == 0
    proxy.ahead_ms = ahead_ms
    assert objects.clock_skew_ms(paths, CLOCK) == pytest.approx(ahead_ms, abs=3_000)
    assert objects.clock_skew_ms([*paths, "file:///in/"], CLOCK) == pytest.approx(min(ahead_ms, 0), abs=3_000)
    assert objects.clock_skew_ms(["file:///in/"], CLOCK) == 0
    proxy.seen.clear()
    objects.clock_skew_ms([f"{paths[0]}a/", f"{paths[0]}b/"], CLOCK)
    assert len(proxy.seen) == 1  # one request for a bucket


def test_a_store_that_does_not_say_its_time(proxy: FaultyS3) -> None:
    objects = ObjectStores.of(proxy.server.environ)
    path = f"s3://{proxy.behind.new_bucket()}/in/"
    proxy.says_its_time = False
    assert objects.clock_skew_ms([path], CLOCK) is None
    noted: list[str] = []
    assert start_by_store(objects, CLOCK, source(path), 77, noted.append) == 77
    assert "does not say what time it is" in noted[0]


def test_a_store_that_does_not_answer_is_not_waited_for_long(proxy: FaultyS3) -> None:
    objects = ObjectStores.of(proxy.server.environ)
    path = f"s3://{proxy.behind.new_bucket()}/"
    proxy.inject("delay", seconds=120)
    began = time.monotonic()
    assert objects.clock_skew_ms([path], CLOCK) is None
    assert time.monotonic() - began < 60


def test_a_refusal_has_a_time_too(proxy: FaultyS3) -> None:
    objects = ObjectStores.of(proxy.server.environ | {"AWS_SECRET_ACCESS_KEY": "wrong"})
    assert objects.clock_skew_ms([f"s3://{proxy.behind.new_bucket()}/"], CLOCK) == 0


@pytest.mark.parametrize("ahead_ms", [0, HOUR, -HOUR])
def test_what_was_there_before_the_run_began_is_read_and_what_came_later_waits(
    proxy: FaultyS3, ahead_ms: int, tmp_path: Path
) -> None:
    objects, ledger = ObjectStores.of(proxy.server.environ), SegmentFolder(tmp_path)
    bucket = proxy.behind.new_bucket()
    client = proxy.behind.client()
    proxy.ahead_ms = ahead_ms
    rows = source(f"s3://{bucket}/in/")

    client.put_object(Bucket=bucket, Key="in/before", Body=b"x")
    init_ms = CLOCK.now_ms()
    time.sleep(2.1)  # S3 stamps whole seconds, and a Date is cut to one
    client.put_object(Bucket=bucket, Key="in/later", Body=b"x")
    start_ms = start_by_store(objects, CLOCK, rows, init_ms)
    found = select_objects(objects, ledger, Choice.next_run(rows, None, start_ms=start_ms))

    assert [decision.object.path.rpartition("/")[2] for decision in found.chosen] == ["before"]
    assert found.counts == {Reason.NEW: 1, Reason.DEFERRED: 1}
    # A window that closes a quarter of an hour before this start has not closed over what came later.
    closing = Window(start_ms=0, band_ms=0, previous_start_ms=start_ms, previous_band_ms=900_000)
    later = objects.stat(f"s3://{bucket}/in/later")
    assert later is not None
    assert not closing.is_closed_over(later.last_modified_ms)
