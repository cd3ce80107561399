"""Sorted streams, merged: against a dict."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.errors import ListingOutOfOrder
from placekeeper.rules.sorted_streams import check_order, merge_sorted, sort_rows, without

SCHEMA = pa.schema([("path", pa.string()), ("version", pa.int64()), ("stream", pa.int64())])
PATHS = st.text(alphabet="ab-/é\U0001f600\ufffd", max_size=4)
STREAMS = st.lists(st.dictionaries(PATHS, st.integers(0, 3), max_size=12), max_size=5)


def batches(rows: list[tuple[str, int, int]], size: int = 1000) -> list[pa.RecordBatch]:
    return [
        pa.RecordBatch.from_pylist(
            [dict(zip(SCHEMA.names, row, strict=True)) for row in rows[start : start + size]], SCHEMA
        )
        for start in range(0, len(rows), size)
    ]


def rows_of(found: list[pa.RecordBatch]) -> list[tuple[str, int, int]]:
    return [tuple(row.values()) for batch in found for row in batch.to_pylist()]


@given(streams=STREAMS, size=st.integers(1, 5), newest=st.booleans())
def test_merge_is_what_a_dict_would_be(streams: list[dict[str, int]], size: int, newest: bool) -> None:
    oracle: dict[str, tuple[str, int, int]] = {}
    inputs = []
    for number, stream in enumerate(streams):
        rows = [(path, version, number) for path, version in sorted(stream.items())]
        inputs.append(batches(rows, size))
        for row in rows:
            known = oracle.get(row[0])
            if known is None or (newest and row[1] > known[1]):
                oracle[row[0]] = row
    found = list(merge_sorted(inputs, newest_by="version" if newest else None))
    assert rows_of(found) == sorted(oracle.values(), key=lambda row: row[0].encode())
    assert all(batch.schema == SCHEMA for batch in found)


@given(st.sets(PATHS), st.sets(PATHS), st.integers(1, 5), st.integers(1, 5))
def test_without_is_the_difference_of_sets(one: set[str], other: set[str], size: int, others: int) -> None:
    stream, away = ([(path, 1, 0) for path in sorted(paths)] for paths in (one, other))
    found = list(without(batches(stream, size), batches(away, others)))
    assert [path for path, *_ in rows_of(found)] == sorted(one - other)
    assert all(batch.num_rows for batch in found)


@given(rows=st.lists(st.tuples(PATHS, st.integers(0, 3)), min_size=1), size=st.integers(1, 5))
def test_sort_keeps_the_first_or_the_newest(rows: list[tuple[str, int]], size: int) -> None:
    numbered = [(path, version, number) for number, (path, version) in enumerate(rows)]
    first: dict[str, tuple[str, int, int]] = {}
    newest: dict[str, tuple[str, int, int]] = {}
    for row in numbered:
        first.setdefault(row[0], row)
        if row[0] not in newest or row[1] > newest[row[0]][1]:
            newest[row[0]] = row
    held = batches(numbered, size)
    assert rows_of(sort_rows(held).to_batches()) == sorted(first.values())
    assert rows_of(sort_rows(held, newest_by="version").to_batches()) == sorted(newest.values())


@given(paths=st.lists(PATHS), size=st.integers(1, 5))
def test_order_is_checked_within_and_between_batches(paths: list[str], size: int) -> None:
    held = batches([(path, 0, 0) for path in paths], size)
    if paths == sorted(set(paths)):
        assert list(check_order(held)) == held
    else:
        with pytest.raises(ListingOutOfOrder, match="came after"):
            list(check_order(held))


def test_one_batch_of_each_stream_is_enough() -> None:
    """The merge never reads ahead: a stream is asked for more only when its batch is used up."""
    asked = [0, 0]

    def stream(number: int) -> "list[pa.RecordBatch]":
        for at in range(100):
            asked[number] += 1
            yield from batches([(f"{at:03}-{number}", 0, number)])

    merged = merge_sorted([stream(0), stream(1)])
    for _ in range(10):
        next(merged)
    assert max(asked) <= 12


def test_empty_batches_and_streams_are_nothing() -> None:
    empty = SCHEMA.empty_table().to_batches() or [pa.RecordBatch.from_pylist([], SCHEMA)]
    assert list(merge_sorted([])) == []
    assert list(merge_sorted([[], empty])) == []
