"""Objects are cut into tasks by bytes."""

from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.objects import ObjectMeta
from placekeeper.runtime.scan.bins import OPEN_BYTES, TASK_BYTES, bins


def objects(sizes):
    return [ObjectMeta(path=f"s3://b/{n:05}", last_modified_ms=0, size=size) for n, size in enumerate(sizes)]


@given(st.lists(st.integers(0, 10**9), max_size=60), st.integers(1, 16))
def test_every_object_once_and_evenly(sizes, parallelism):
    chosen = objects(sizes)
    parts = bins(chosen, parallelism=parallelism)
    assert sorted(meta.path for part in parts for meta in part) == [meta.path for meta in chosen]
    assert all(parts)
    assert len(parts) >= min(parallelism, len(chosen))
    assert all(list(part) == sorted(part, key=lambda meta: meta.path) for part in parts)
    loads = [sum(meta.size + OPEN_BYTES for meta in part) for part in parts]
    largest = max((size + OPEN_BYTES for size in sizes), default=0)
    assert max(loads, default=0) - min(loads, default=0) <= largest


def test_about_one_task_per_64_mb():
    parts = bins(objects([TASK_BYTES // 8] * 800), parallelism=2)
    assert 100 <= len(parts) <= 115


def test_nothing_to_read_is_no_task():
    assert bins([], parallelism=4) == ()
