"""Segments with several rows of a path: against lists."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.errors import ListingOutOfOrder
from placekeeper.rules.ledger.retention import Thinning, counting, newest_rows

SCHEMA = pa.schema([("path", pa.string()), ("bookmark_version", pa.int64())])
ROWS = st.sets(st.tuples(st.sampled_from(["a", "a/b", "b", "é"]), st.integers(1, 9)))

Row = tuple[str, int]


def newest_first(rows: set[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row[0].encode(), -row[1]))


def batches(rows: list[Row], size: int) -> list[pa.RecordBatch]:
    return [
        pa.RecordBatch.from_pylist(
            [{"path": path, "bookmark_version": version} for path, version in rows[start : start + size]],
            SCHEMA,
        )
        for start in range(0, len(rows), size)
    ]


def rows_of(found) -> list[Row]:
    return [(row["path"], row["bookmark_version"]) for batch in found for row in batch.to_pylist()]


@given(rows=ROWS, size=st.integers(1, 5), first=st.integers(1, 9), last=st.integers(1, 9))
def test_rows_count_whose_version_does(rows: set[Row], size: int, first: int, last: int) -> None:
    versions = ((1, 2), (max(first, 4), max(last, first, 4)))
    found = rows_of(counting(batches(newest_first(rows), size), versions))
    expected = [r for r in newest_first(rows) if any(low <= r[1] <= high for low, high in versions)]
    assert found == expected
    assert rows_of(counting(batches(newest_first(rows), size), ())) == newest_first(rows)


@given(rows=ROWS, size=st.integers(1, 5))
def test_the_newest_row_of_each_path_comes_first(rows: set[Row], size: int) -> None:
    newest: dict[str, int] = {}
    for path, version in newest_first(rows):
        newest.setdefault(path, version)
    assert rows_of(newest_rows(batches(newest_first(rows), size))) == list(newest.items())


@given(parts=st.lists(ROWS, max_size=4), size=st.integers(1, 5), horizon=st.integers(0, 10))
def test_merging_keeps_all_but_what_was_superseded_long_ago(
    parts: list[set[Row]], size: int, horizon: int
) -> None:
    rows = set().union(*parts)
    thinning = Thinning(horizon)
    found = rows_of(thinning.merged([batches(newest_first(part), size) for part in parts]))

    assert found == newest_first(set(found))
    by = {(path, old): min((v for p, v in rows if p == path and v > old), default=99) for path, old in rows}
    assert set(found) == {row for row in rows if by[row] > horizon}
    assert thinning.whole_from == max((by[row] for row in rows if by[row] <= horizon), default=0)


def test_a_segment_out_of_order_is_not_merged() -> None:
    with pytest.raises(ListingOutOfOrder):
        rows_of(Thinning(0).merged([batches([("b", 1), ("a", 1)], 1)]))
