"""The selection of one source: both the plan and the run call `rules.selection.join` here."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.errors import ListingOutOfOrder
from placekeeper.model.objects import LISTING_SCHEMA
from placekeeper.model.plan import Reason, Selection
from placekeeper.model.source import SourceOfObjects
from placekeeper.ports.clock import Clock
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Objects
from placekeeper.rules.jobs.run_options import LIST_AT_ONCE
from placekeeper.rules.selection.choice import Choice
from placekeeper.rules.selection.decisions import InRange
from placekeeper.rules.selection.join import Part, decided, select
from placekeeper.rules.sorted_streams import check_order, without
from placekeeper.rules.store_time import remark

_PATHS: Final = pa.schema([LISTING_SCHEMA.field("path")])

_OF_NO_RUN = (Reason.OUTSIDE, Reason.BAD)


def start_by_store(
    objects: Objects,
    clock: Clock,
    source: SourceOfObjects,
    start_ms: int,
    note: Callable[[str], None] | None = None,
) -> int:
    """A run's start (T2, epoch ms) by the clock that stamps a source's objects; `note` gets a remark on it.

    So a wrong clock, here or in the store, neither loses objects nor puts them off
    (docs/reference/bookmarks.md#start-of-a-run).
    """
    if not source.paths:  # a table without partitions
        return start_ms
    skew_ms = objects.clock_skew_ms(source.paths, clock)
    sentence = remark(source.name, skew_ms)
    if note is not None and sentence is not None:
        note(sentence)
    return start_ms + (skew_ms or 0)


def select_objects(
    objects: Objects, ledger: Ledger, choice: Choice, *, at_once: int = LIST_AT_ONCE
) -> Selection:
    """List a source and join it with the ledger, as `choice` says.

    For a range of runs, objects that were deleted since are counted.

    Up to `at_once` parts are listed at the same time. A store that turns out not to list in key order is
    listed again, sorted. Raises ListingFailed, SegmentCorrupt.
    """
    try:
        selection = select(*_streams(objects, ledger, choice, at_once, in_order=False), choice)
    except ListingOutOfOrder:
        selection = select(*_streams(objects, ledger, choice, at_once, in_order=True), choice)
    rule = choice.rule
    if not isinstance(rule, InRange):
        return selection
    read = sum(pc.sum(rule.has_read(batch)).as_py() or 0 for batch in ledger.rows(choice.segments))
    # Objects outside of the range keep their reasons; every other reason is that of an object in it.
    gone = read - sum(n for reason, n in selection.counts.items() if reason not in _OF_NO_RUN)
    counts = selection.counts | ({Reason.GONE: gone} if gone else {})
    return msgspec.structs.replace(selection, counts=counts)


def select_as_listed(objects: Objects, ledger: Ledger, choice: Choice) -> Iterator[Part]:
    """The decisions of `select_objects` while the listing goes on, for who only shows them.

    Where a limit takes the oldest objects of all, they come when the listing has ended. If a store turns out
    not to list in key order, what has come in order stays, and the rest follows sorted. A range of runs has
    no count of deleted objects here. Raises ListingFailed, SegmentCorrupt.
    """
    if choice.limits.is_bounded or choice.limits.most_in_band is not None:
        selection = select_objects(objects, ledger, choice)
        kept = selection.decisions if choice.explains else (*selection.chosen, *selection.quarantined)
        others = Counter(selection.counts)
        others.subtract(decision.reason for decision in kept)
        yield Part(kept, others, None)
        return
    came = _Came()
    try:
        listing, known = _streams(objects, ledger, choice, LIST_AT_ONCE, in_order=False)
        yield from decided(came.noted(check_order(listing)), known, choice)
    except ListingOutOfOrder:
        listing, known = _streams(objects, ledger, choice, LIST_AT_ONCE, in_order=True)
        yield from decided(came.left_out(listing), known, choice)


class _Came:
    """The paths that have come, in key order and packed: some bytes for each."""

    def __init__(self) -> None:
        self._sink = pa.BufferOutputStream()
        self._out = pa.ipc.new_stream(self._sink, _PATHS, options=pa.ipc.IpcWriteOptions(compression="zstd"))

    def noted(self, listing: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same batches, whose paths are noted."""
        for batch in listing:
            self._out.write_batch(pa.record_batch([batch.column("path")], schema=_PATHS))
            yield batch

    def left_out(self, listing: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows of a sorted listing that had not come before."""
        self._out.close()
        return without(listing, pa.ipc.open_stream(self._sink.getvalue()))


def _streams(
    objects: Objects, ledger: Ledger, choice: Choice, at_once: int, *, in_order: bool
) -> tuple[Iterable[pa.RecordBatch], Iterable[pa.RecordBatch]]:
    """The listing of a choice's source, and the ledger."""
    source = choice.source
    listing = objects.listing(
        source.paths,
        recurse=source.recurse,
        in_order=in_order,
        at_once=at_once,
        storage_classes=bool(source.excluded_classes),
    )
    return listing, ledger.rows(choice.segments)
