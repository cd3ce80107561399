"""A real S3 behind a line that throttles, breaks, cuts and delays: asked again, or an error that says so."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from faulty_s3 import FaultyS3, faulty_s3
from placekeeper.model.errors import ListingFailed
from placekeeper.model.objects import object_rows
from placekeeper.objects.patience import Patience
from placekeeper.objects.s3.client import S3Settings
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from s3 import S3Server

RUN = "jr_0123456789abcdef0123456789abcdef"
KEYS = [f"in/day={day}/{part}" for day in range(3) for part in range(4)]
DATA = random.Random(7).randbytes(300_000)

THROTTLED = [("throttle", {"status": 503}), ("throttle", {"status": 429}), ("throttle", {"status": 500})]
BROKEN = [("reset", {}), ("cut", {}), ("delay", {"seconds": 1.5})]
FAULTS = [*THROTTLED, *BROKEN, ("short", {})]
names = pytest.mark.parametrize(
    ("what", "how"),
    FAULTS,
    ids=lambda value: str(value.get("status", "")) if isinstance(value, dict) else value,
)


class Line:
    """A bucket with KEYS behind the proxy, and us before it with little patience."""

    def __init__(self, proxy: FaultyS3) -> None:
        self.proxy = proxy
        self.bucket = proxy.behind.new_bucket()
        self.client: Any = proxy.behind.client()
        for key in KEYS:
            self.client.put_object(Bucket=self.bucket, Key=key, Body=DATA)
        self.uri = f"s3://{self.bucket}/"
        settings = S3Settings.of(proxy.server.environ)
        assert settings is not None
        self.settings = S3Settings(
            region=settings.region,
            access_key=settings.access_key,
            secret_key=settings.secret_key,
            endpoint=settings.endpoint,
            patience=Patience(attempts=5, seconds=60, first_wait=0.01, connecting=5, answering=1),
        )
        self.objects = ObjectStores(self.settings)
        self.staging = OutputStaging(self.settings)

    def keys(self, path: str = "in/", **how: Any) -> list[str]:
        batches = self.objects.listing([self.uri + path], recurse=True, **how)
        return [row.path.removeprefix(self.uri) for batch in batches for row in object_rows(batch)]


@pytest.fixture(scope="module")
def shared(s3: S3Server) -> Iterator[Line]:
    with faulty_s3(s3) as proxy:
        yield Line(proxy)


@pytest.fixture
def line(shared: Line) -> Line:
    shared.proxy.faults.clear()
    shared.proxy.seen.clear()
    return shared


class TestListing:
    @names
    @pytest.mark.parametrize("at_once", [1, 3])
    def test_what_passes_is_asked_again(
        self, line: Line, what: str, how: dict[str, Any], at_once: int
    ) -> None:
        line.proxy.inject(what, times=2, **how)
        assert line.keys(at_once=at_once) == KEYS
        assert all(fault.times == 0 for fault in line.proxy.faults)

    @names
    def test_what_stays_is_an_error_that_says_what_was_tried(
        self, line: Line, what: str, how: dict[str, Any]
    ) -> None:
        line.proxy.inject(what, times=99, **how)
        with pytest.raises(ListingFailed) as raised:
            line.keys()
        said = str(raised.value)
        assert said.startswith(f"{line.uri}in/ could not be listed: http://127.0.0.1:")
        assert "was asked 5 times in " in said
        assert "Nothing was read" in said
        assert "un again" in said
        assert len(line.proxy.seen) == 5

    def test_throttling_teaches_what_to_do(self, line: Line) -> None:
        line.proxy.inject("throttle", times=99)
        with pytest.raises(
            ListingFailed, match=r"\(SlowDown\).*reduce your request rate.*--bookmark-list-concurrency"
        ):
            line.keys()

    def test_a_later_page_is_asked_again_too(self, line: Line) -> None:
        bucket = line.proxy.behind.new_bucket()
        keys = [f"{number:04}" for number in range(1001)]
        for key in keys:
            line.client.put_object(Bucket=bucket, Key=key, Body=b"")
        fault = line.proxy.inject("cut", times=2, url="continuation-token")
        batches = line.objects.listing([f"s3://{bucket}/"], recurse=True)
        found = [row.path.rpartition("/")[2] for batch in batches for row in object_rows(batch)]
        assert found == keys
        assert fault.times == 0

    def test_what_lasts_is_not_asked_again(self, line: Line) -> None:
        wrong = S3Settings(
            region="us-east-1",
            access_key=line.settings.access_key,
            secret_key="wrong",
            endpoint=line.settings.endpoint,
            patience=Patience(first_wait=60),
        )
        with pytest.raises(ListingFailed, match="refused the access key"):
            list(ObjectStores(wrong).listing([line.uri], recurse=True))
        with pytest.raises(ListingFailed, match="there is no bucket 'nowhere-to-be-found'"):
            list(line.objects.listing(["s3://nowhere-to-be-found/x/"], recurse=True))
        assert len(line.proxy.seen) <= 4  # ours, and botocore's for its words

    def test_nobody_there(self, line: Line) -> None:
        settings = S3Settings(
            region="us-east-1",
            access_key="a",
            secret_key="b",
            endpoint="http://127.0.0.1:9",
            patience=Patience(attempts=2, first_wait=0.01, connecting=1),
        )
        with pytest.raises(ListingFailed, match=r"asked 2 times.*AWS_ENDPOINT_URL_S3"):
            list(ObjectStores(settings).listing([line.uri], recurse=True))

    def test_stat_is_asked_again(self, line: Line) -> None:
        line.proxy.inject("throttle", times=2)
        found = line.objects.stat(line.uri + KEYS[0])
        assert found is not None
        assert found.size == len(DATA)
        line.proxy.inject("reset", times=99)
        with pytest.raises(ListingFailed, match="asked 5 times"):
            line.objects.stat(line.uri + KEYS[0])


class TestReading:
    @names
    def test_what_passes_is_asked_again(self, line: Line, what: str, how: dict[str, Any]) -> None:
        meta = line.objects.stat(line.uri + KEYS[0])
        assert meta is not None
        fault = line.proxy.inject(what, times=2, **how)
        with line.objects.open(meta) as file:
            assert file.read() == DATA
        assert fault.times == 0

    @names
    def test_what_stays_is_an_error_that_says_what_was_tried(
        self, line: Line, what: str, how: dict[str, Any]
    ) -> None:
        meta = line.objects.stat(line.uri + KEYS[0])
        assert meta is not None
        line.proxy.inject(what, times=99, **how)
        with (
            pytest.raises(OSError, match=r"day=0/0 could not be read: http.*asked 5 times"),
            line.objects.open(meta),
        ):
            pass

    @names
    @pytest.mark.parametrize("key", ["odd//key", "marker/"])
    def test_keys_that_obstore_cannot_say(self, line: Line, what: str, how: dict[str, Any], key: str) -> None:
        line.client.put_object(Bucket=line.bucket, Key=f"odd/{key}", Body=b"" if key.endswith("/") else DATA)
        line.proxy.inject(what, times=1, method="GET", url="odd", **how)
        batches = line.objects.listing([line.uri + "odd/"], recurse=True, in_order=True)
        metas = [row for batch in batches for row in object_rows(batch)]
        assert metas
        line.proxy.inject(what, times=2, method="GET", **how)
        with line.objects.open(metas[0]) as file:
            assert file.read() == (b"" if metas[0].path.endswith("/") else DATA)

    def test_ranges_of_a_large_object(self, line: Line) -> None:
        data = random.Random(8).randbytes(9 * 1024 * 1024)
        line.client.put_object(Bucket=line.bucket, Key="large", Body=data)
        meta = line.objects.stat(line.uri + "large")
        assert meta is not None
        with line.objects.open(meta) as file:
            for what in ("cut", "short", "reset", "throttle"):
                line.proxy.inject(what, times=1, url="large")
            assert file.read() == data
        assert all(fault.times == 0 for fault in line.proxy.faults)


class TestWriting:
    @pytest.mark.parametrize("size", [5, 9 * 1024 * 1024])
    @pytest.mark.parametrize("immediate", [False, True])
    @pytest.mark.parametrize(("what", "how"), [*THROTTLED[:2], ("reset", {}), ("lost", {})])
    def test_what_passes_is_done_again(
        self, line: Line, what: str, how: dict[str, Any], immediate: bool, size: int
    ) -> None:
        path = f"{line.uri}out/{what}-{size}-{immediate}-0123456789ab"
        data = random.Random(size).randbytes(size)
        for method in ("PUT", "POST"):
            line.proxy.inject(what, times=2, method=method, **how)
        writer = line.staging.create(path, run_id=RUN, immediate=immediate)
        writer.write(data)
        file = writer.finish(rows=1)
        line.proxy.inject(what, times=2, method="POST", **how)
        line.staging.publish(file)
        line.proxy.faults.clear()
        assert (
            line.client.get_object(Bucket=line.bucket, Key=path.removeprefix(line.uri))["Body"].read() == data
        )
        line.staging.take_back(file)
        assert line.keys("out/") == []
        # What a create whose answer was lost had opened is found by its name, as after a crash.
        line.staging.sweep(f"{line.uri}out/", run_id=RUN)
        assert line.staging.sweep(f"{line.uri}out/", run_id=RUN) == 0

    def test_a_publication_whose_answer_is_lost_is_recognised(self, line: Line) -> None:
        writer = line.staging.create(f"{line.uri}out/lost", run_id=RUN)
        writer.write(DATA)
        file = writer.finish(rows=1)
        fault = line.proxy.inject("lost", times=1, method="POST", url="out/lost")
        line.staging.publish(file)
        assert fault.times == 0
        line.staging.publish(file)
        line.staging.take_back(file)

    def test_publishing_that_stays_throttled_may_be_done_later(self, line: Line) -> None:
        writer = line.staging.create(f"{line.uri}out/later", run_id=RUN)
        writer.write(DATA)
        file = writer.finish(rows=1)
        line.proxy.inject("throttle", times=99)
        with pytest.raises(
            OSError, match=r"out/later could not be published yet: http.*asked 5 times.*SlowDown"
        ):
            line.staging.publish(file)
        with pytest.raises(OSError, match="asked 5 times"):
            line.staging.take_back(file)
        with pytest.raises(ListingFailed, match="asked 5 times"):
            line.staging.sweep(f"{line.uri}out/", run_id=RUN)
        line.proxy.faults.clear()
        line.staging.publish(file)
        line.staging.take_back(file)


def soon(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("said", ["1", "a date"])
def test_a_store_that_says_when_to_come_back_is_asked_then(line: Line, said: str) -> None:
    meta = line.objects.stat(line.uri + KEYS[0])
    assert meta is not None

    def took(what: Callable[[], Any], times: int, **where: str) -> float:
        retry_after = soon(2) if said == "a date" else said
        line.proxy.inject("throttle", times=times, retry_after=retry_after, **where)
        began = time.monotonic()
        what()
        assert all(fault.times == 0 for fault in line.proxy.faults)
        return time.monotonic() - began

    def read() -> None:
        with line.objects.open(meta) as file:
            file.read()

    put = line.staging.create(line.uri + "out/a", run_id=RUN)
    assert took(line.keys, 1) > 0.9  # a date has whole seconds
    assert took(read, 2) > 0.9  # obstore does not tell, and botocore does, who asks after it
    assert took(lambda: put.finish(rows=0), 1, method="POST") > 0.9


def test_a_store_that_asks_for_more_than_the_patience(line: Line) -> None:
    settings = replace(line.settings, patience=Patience(attempts=9, seconds=1, first_wait=0.01))
    line.proxy.inject("throttle", times=99, retry_after="3600")
    began = time.monotonic()
    with pytest.raises(ListingFailed, match=r"asked [12] times in \d+ s.*It asked to wait for 3600 s"):
        list(ObjectStores(settings).listing([line.uri], recurse=True))
    assert 0.9 < time.monotonic() - began < 60


def test_patience_ends_in_time(line: Line) -> None:
    patience = Patience(attempts=1000, seconds=1.5, first_wait=0.05, longest_wait=0.2, answering=0.3)
    settings = S3Settings(
        region="us-east-1",
        access_key=line.settings.access_key,
        secret_key=line.settings.secret_key,
        endpoint=line.settings.endpoint,
        patience=patience,
    )
    line.proxy.inject("delay", times=999, seconds=0.6)
    began = time.monotonic()
    with pytest.raises(ListingFailed, match=r"asked \d times in \d+ s"):
        list(ObjectStores(settings).listing([line.uri], recurse=True))
    assert time.monotonic() - began < 60
