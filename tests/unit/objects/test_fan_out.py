"""Parts listed at once, read in their order."""

import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest

from placekeeper.objects.fan_out import Part, one_after_the_other


def batch(number: int) -> pa.RecordBatch:
    return pa.record_batch({"path": [f"{number:05}-{row:03}" for row in range(100)]})


def numbers(batches: Iterator[pa.RecordBatch]) -> list[int]:
    return [int(found.column("path")[0].as_py()[:5]) for found in batches]


def part(*listed: int, after: float = 0) -> Part:
    def list_them() -> Iterator[pa.RecordBatch]:
        time.sleep(after)
        for number in listed:
            yield batch(number)

    return list_them


@pytest.mark.parametrize("at_once", [1, 2, 7])
@pytest.mark.parametrize("held_bytes", [0, 10_000, 1 << 25])
def test_parts_keep_their_order(
    at_once: int, held_bytes: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    parts = [part(*range(n * 10, n * 10 + n % 4), after=0.02 * (n % 3 == 0)) for n in range(40)]
    wanted = [n * 10 + i for n in range(40) for i in range(n % 4)]
    assert numbers(one_after_the_other(iter(parts), at_once=at_once, held_bytes=held_bytes)) == wanted
    assert list(tmp_path.iterdir()) == []


def test_as_many_at_once_as_asked_for() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def meet(number: int) -> Part:
        def list_it() -> Iterator[pa.RecordBatch]:
            meeting.wait()  # passes when three are here
            yield batch(number)

        return list_it

    assert numbers(one_after_the_other(map(meet, range(6)), at_once=3)) == list(range(6))


def test_no_more_at_once_than_asked_for() -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def list_it() -> Iterator[pa.RecordBatch]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        yield batch(0)
        with lock:
            running -= 1

    assert len(numbers(one_after_the_other(iter([list_it] * 30), at_once=4))) == 30
    assert 1 <= most <= 4


def test_what_waits_goes_to_disk_when_memory_is_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ahead = threading.Event()

    def first() -> Iterator[pa.RecordBatch]:
        assert ahead.wait(10)  # the second part need not wait for the first
        yield batch(0)

    def second() -> Iterator[pa.RecordBatch]:
        for number in range(1, 50):
            yield batch(number)
        assert len(list(tmp_path.rglob("*.*"))) > 40
        ahead.set()

    assert numbers(one_after_the_other(iter([first, second]), at_once=2, held_bytes=20_000)) == list(
        range(50)
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at_once", [1, 3])
def test_an_error_comes_in_its_turn(at_once: int) -> None:
    def failing() -> Iterator[pa.RecordBatch]:
        yield batch(3)
        raise LookupError("gone")

    listing = one_after_the_other(iter([part(1, 2), failing, part(9)]), at_once=at_once)
    assert numbers(islice(listing, 3)) == [1, 2, 3]
    with pytest.raises(LookupError, match="gone"):
        next(listing)


def test_who_stops_reading_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def endless() -> Iterator[pa.RecordBatch]:
        number = 0
        while True:
            yield batch(number)
            time.sleep(0.001)

    listing = one_after_the_other(iter([part(1), endless, endless, endless]), at_once=2)
    next(listing)
    listing.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if "placekeeper-list" in thread.name]
    assert list(tmp_path.iterdir()) == []
