"""Rows of segments that hold several versions of a path: those that count, and those that a merge drops.

Such a segment is sorted by path, with the newest row of a path first.
"""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.segments import VersionRanges
from placekeeper.rules.sorted_streams import check_order, rounds, rows_up_to

_NEWEST_FIRST = [("path", "ascending"), ("bookmark_version", "descending")]


def counting(batches: Iterable[pa.RecordBatch], versions: VersionRanges) -> Iterator[pa.RecordBatch]:
    """The rows that one of `versions` added; all rows if `versions` is empty."""
    for batch in batches:
        mask = _added_by(batch.column("bookmark_version"), versions) if versions and batch.num_rows else None
        yield batch if mask is None else batch.filter(mask)


def _added_by(column: pa.Array, versions: VersionRanges) -> pa.Array | None:
    """A mask, None when all rows are."""
    low, high = pc.min_max(column).values()
    near = [(first, last) for first, last in versions if first <= high.as_py() and low.as_py() <= last]
    if len(near) == 1 and near[0][0] <= low.as_py() and high.as_py() <= near[0][1]:
        return None
    mask = pa.repeat(False, len(column))
    for first, last in near:
        mask = pc.or_(mask, pc.and_(pc.greater_equal(column, first), pc.less_equal(column, last)))
    return mask


def newest_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The first row of each path."""
    before: str | None = None
    for batch in batches:
        if not batch.num_rows:
            continue
        paths = batch.column("path")
        is_first = pc.not_equal(paths[1:], paths[:-1])
        begins = paths[0].as_py() != before
        before = paths[-1].as_py()
        if begins and pc.all(is_first, min_count=0).as_py():
            yield batch
        else:
            yield batch.filter(pa.concat_arrays([pa.array([begins]), is_first]))


class Thinning:
    """One merge: it drops rows, and records which states the merged segment can no longer serve."""

    def __init__(self, horizon: int) -> None:
        """Rows that a version up to `horizon` superseded are dropped: nobody reads an older state."""
        self._horizon = horizon
        self.whole_from = 0
        """The newest version that superseded a dropped row; 0 while no row was dropped."""

    def merged(self, streams: Iterable[Iterable[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
        """All rows that are kept, each once, sorted by path and newest first, in bounded memory."""
        for parts in rounds([_whole_paths(check_order(stream, repeated=True)) for stream in streams]):
            rows = pa.concat_batches(parts)
            if len(parts) > 1:
                rows = rows.take(pc.sort_indices(rows, sort_keys=_NEWEST_FIRST))
            yield self._thinned(rows)

    def _thinned(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        paths, versions = rows.column("path"), rows.column("bookmark_version")
        by = versions[:-1]  # what superseded each row but the first, where the path is the same
        follows = pc.equal(paths[1:], paths[:-1])
        if not pc.any(follows, min_count=0).as_py():
            return rows
        again = pc.and_(follows, pc.equal(versions[1:], by))  # the segments that are merged had it twice
        past = pc.and_(pc.and_(follows, pc.less_equal(by, self._horizon)), pc.invert(again))
        self.whole_from = max(self.whole_from, pc.max(by.filter(past)).as_py() or 0)
        stays = pc.invert(pc.or_(again, past))
        return rows.filter(pa.concat_arrays([pa.array([True]), stays]))


def _whole_paths(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches that never split a path: the last path of a batch moves to the next one."""
    held: pa.RecordBatch | None = None
    for batch in batches:
        rows = batch if held is None else pa.concat_batches([held, batch])
        cut = rows_up_to(rows, rows.column("path")[-1].as_py(), below=True)
        if cut:
            yield rows.slice(0, cut)
        held = rows.slice(cut)
    if held is not None:
        yield held
