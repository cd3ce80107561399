"""What the next run reads of one source: the one function behind the plan and the run."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from placekeeper.engine.candidates import candidate_filter
from placekeeper.engine.selection import select
from placekeeper.engine.window import Window
from placekeeper.model.bookmark import Source, StateElement
from placekeeper.model.errors import ListingOutOfOrder
from placekeeper.model.plan import Decision, Selection
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Objects


def select_objects(
    objects: Objects,
    ledger: Ledger,
    source: Source,
    element: StateElement | None,
    *,
    start_ms: int,
    visit: Callable[[list[Decision]], None] | None = None,
) -> Selection:
    """List a source and join it with what its state element remembers.

    `start_ms` is the run's start (T2). `visit` gets every decision in path order, once the listing has ended.
    A store that turns out not to list in key order is listed again, sorted. Raises ListingFailed,
    SegmentCorrupt.
    """
    window = Window(
        start_ms=start_ms,
        band_ms=source.max_band_ms,
        previous_start_ms=None if element is None else element.run_start_ms,
        previous_band_ms=0 if element is None else element.high_band_ms,
    )
    segments = () if element is None else element.segments
    excluded = candidate_filter(source.paths, source.exclusions)

    def join(in_order: bool) -> Selection:
        listing: Iterator[pa.RecordBatch] = objects.listing(
            source.paths, recurse=source.recurse, in_order=in_order
        )
        decisions: list[Decision] = []
        collect = None if visit is None else decisions.append
        selection = select(listing, ledger.rows(segments), window, excluded=excluded, visit=collect)
        if visit is not None:
            visit(decisions)
        return selection

    try:
        return join(in_order=False)
    except ListingOutOfOrder:
        return join(in_order=True)
