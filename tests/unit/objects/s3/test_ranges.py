"""A file made of range reads: the same bytes, few requests."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.objects.s3.ranges import RangeFile

DATA = random.Random(5).randbytes(700_000)
STEP = st.one_of(
    st.tuples(st.just("seek"), st.integers(0, 800_000)),
    st.tuples(st.just("read"), st.integers(0, 300_000)),
    st.tuples(st.just("end"), st.integers(-700_000, 10)),
    st.tuples(st.just("all"), st.just(0)),
)


class Source:
    def __init__(self) -> None:
        self.requests: list[tuple[int, int]] = []

    def fetch(self, start: int, end: int) -> bytes:
        assert 0 <= start < end <= len(DATA)
        self.requests.append((start, end))
        return DATA[start:end]


@given(steps=st.lists(STEP, max_size=12))
def test_it_reads_as_a_file_in_memory_does(steps: list[tuple[str, int]]) -> None:
    ours = io.BufferedReader(RangeFile(len(DATA), Source().fetch))
    theirs = io.BytesIO(DATA)
    for what, number in steps:
        for file in (ours, theirs):
            if what in ("seek", "end"):
                file.seek(number, io.SEEK_END if what == "end" else io.SEEK_SET)
        if what in ("read", "all"):
            count = number if what == "read" else -1
            assert ours.read(count) == theirs.read(count)
        assert ours.tell() == theirs.tell()


def test_a_scan_makes_few_requests() -> None:
    source = Source()
    file = io.BufferedReader(RangeFile(len(DATA), source.fetch))
    while file.read(1000):
        pass
    assert len(source.requests) <= 5
    assert sum(end - start for start, end in source.requests) == len(DATA)


def test_a_look_at_the_footer_fetches_a_footer() -> None:
    source = Source()
    file = RangeFile(len(DATA), source.fetch)
    file.seek(-8, io.SEEK_END)
    file.read(8)
    file.seek(-5000, io.SEEK_END)
    file.read(5000)
    assert sum(end - start for start, end in source.requests) < 100_000


def test_a_short_answer_is_an_error() -> None:
    file = RangeFile(10, lambda start, end: b"123")
    with pytest.raises(OSError, match="3 of 10 bytes came"):
        file.read()


def test_no_seek_before_the_start() -> None:
    with pytest.raises(ValueError, match="before the start"):
        RangeFile(10, Source().fetch).seek(-1)
