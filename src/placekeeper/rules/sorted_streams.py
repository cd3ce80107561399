"""Sorted streams of record batches, merged by `path` in bounded memory.

A stream is sorted by the UTF-8 bytes of its column `path` and has each path once. (Python compares strings
by code point, which is the same order.) One batch of every stream is in memory at a time.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.errors import ListingOutOfOrder

BATCH_ROWS: Final = 8192
BATCH_BYTES: Final = 1024 * 1024
"""Batches smaller than this are put together, up to this many rows and bytes."""


def merge_sorted(
    streams: Iterable[Iterable[pa.RecordBatch]], *, newest_by: str | None = None
) -> Iterator[pa.RecordBatch]:
    """One sorted stream of all rows, each path once.

    Of equal paths the row with the largest `newest_by` (an integer column without nulls) stays; without
    `newest_by`, and of equal ones, the row of the earlier stream. Batches keep the streams' schema, which
    must be one; their sizes follow the inputs'. Raises ListingOutOfOrder if a stream is not sorted.
    """
    for parts in rounds([check_order(stream) for stream in streams]):
        yield parts[0] if len(parts) == 1 else _merged(parts, newest_by)


def rounds(streams: Iterable[Iterator[pa.RecordBatch]]) -> Iterator[list[pa.RecordBatch]]:
    """All rows of sorted streams, in rounds of parts of several streams. Batches must not be empty.

    If no stream has a path in two batches, all paths of a round are above those of earlier rounds.
    """
    cursors = [cursor for cursor in map(_Cursor, streams) if cursor.advance()]
    while len(cursors) > 1:
        # Rows up to the smallest last path are complete: no stream can still bring an earlier one.
        bound = min(cursor.last for cursor in cursors)
        yield [part for cursor in cursors if (part := cursor.take(bound)).num_rows]
        cursors = [cursor for cursor in cursors if cursor.rest.num_rows or cursor.advance()]
    for cursor in cursors:
        yield [cursor.rest]
        while cursor.advance():
            yield [cursor.rest]


def without(stream: Iterable[pa.RecordBatch], other: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of a sorted stream whose path another sorted stream has not. No batch may be empty."""
    cursor = _Cursor(iter(other))
    there = cursor.advance()
    for batch in stream:
        paths = batch.column("path")
        last = paths[-1].as_py()
        while there and batch.num_rows:
            found = pc.is_in(batch.column("path"), value_set=cursor.take(last).column("path"))
            batch = batch.filter(pc.invert(found))
            if cursor.rest.num_rows:
                break
            there = cursor.advance()
        if batch.num_rows:
            yield batch


def check_order(batches: Iterable[pa.RecordBatch], *, repeated: bool = False) -> Iterator[pa.RecordBatch]:
    """The same batches without empty ones. Raises ListingOutOfOrder unless each path is above the last.

    With `repeated`, a path may also equal the one before it.
    """
    rising = pc.less_equal if repeated else pc.less
    last: str | None = None
    for batch in batches:
        if not batch.num_rows:
            continue
        paths = batch.column("path")
        if last is not None:
            first = paths[0].as_py()
            _refuse_unless(last < first or (repeated and last == first), last, first)
        rises = rising(paths[:-1], paths[1:])
        if not pc.all(rises, min_count=0).as_py():
            at = pc.index(rises, False).as_py()
            _refuse_unless(False, paths[at].as_py(), paths[at + 1].as_py())
        last = paths[-1].as_py()
        yield batch


def coalesced(
    batches: Iterable[pa.RecordBatch], *, rows: int = BATCH_ROWS, size: int = BATCH_BYTES
) -> Iterator[pa.RecordBatch]:
    """The same rows in their order; batches are put together as long as they have fewer rows and bytes.

    Each batch has a fixed cost, however small it is, in a join and even more in a step of an engine. A batch
    that is large by itself is passed on unchanged.
    """
    held: list[pa.RecordBatch] = []
    held_rows = held_bytes = 0
    for batch in batches:
        if held and (held_rows + batch.num_rows > rows or held_bytes + batch.nbytes > size):
            yield _put_together(held)
            held, held_rows, held_bytes = [], 0, 0
        held.append(batch)
        held_rows += batch.num_rows
        held_bytes += batch.nbytes
    if held:
        yield _put_together(held)


def _put_together(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def sort_rows(batches: list[pa.RecordBatch], *, newest_by: str | None = None) -> pa.Table:
    """The rows of `batches`, in any order, as one sorted table with each path once (see merge_sorted)."""
    table = pa.Table.from_batches(batches).combine_chunks()
    keys = [("path", "ascending"), *([(newest_by, "descending")] if newest_by else [])]
    table = table.take(pc.sort_indices(table, sort_keys=keys))  # a stable sort
    paths = table.column("path").combine_chunks()
    first = pc.not_equal(paths[1:], paths[:-1])
    if pc.all(first, min_count=0).as_py():
        return table
    return table.filter(pa.concat_arrays([pa.array([True]), first]))


class _Cursor:
    """One stream and what is left of its current batch."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self.rest: pa.RecordBatch = None
        self.last = ""

    def advance(self) -> bool:
        """Go on to the next batch; False at the end of the stream."""
        batch = next(self._batches, None)
        if batch is None:
            return False
        self.rest = batch
        self.last = batch.column("path")[-1].as_py()
        return True

    def take(self, bound: str) -> pa.RecordBatch:
        """Cut off and return the rows whose path is at most `bound`."""
        count = self.rest.num_rows if self.last <= bound else rows_up_to(self.rest, bound)
        taken = self.rest.slice(0, count)
        self.rest = self.rest.slice(count)
        return taken


def rows_up_to(batch: pa.RecordBatch, bound: str, *, below: bool = False) -> int:
    """How many rows of a sorted batch have a path of at most (or `below`) `bound`: a binary search."""
    paths = batch.column("path")
    low, high = 0, batch.num_rows
    while low < high:
        middle = (low + high) // 2
        path = paths[middle].as_py()
        if path < bound or (path == bound and not below):
            low = middle + 1
        else:
            high = middle
    return low


def _merged(parts: list[pa.RecordBatch], newest_by: str | None) -> pa.RecordBatch:
    """The rows of several sorted parts as one sorted batch."""
    return sort_rows(parts, newest_by=newest_by).combine_chunks().to_batches()[0]


def _refuse_unless(rises: bool, before: str, after: str) -> None:
    if not rises:
        raise ListingOutOfOrder(
            f"{after!r} came after {before!r}: the stream is not sorted by the UTF-8 bytes of its paths. "
            "Sort it first."
        )
