"""The selection of one source: the one function that both the plan and the run call."""

from collections.abc import Callable

import msgspec
import pyarrow.compute as pc

from placekeeper.model.errors import ListingOutOfOrder
from placekeeper.model.plan import Reason, Selection
from placekeeper.model.source import Source
from placekeeper.ports.clock import Clock
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Objects
from placekeeper.rules.jobs.run_options import LIST_AT_ONCE
from placekeeper.rules.selection.choice import Choice
from placekeeper.rules.selection.decisions import InRange
from placekeeper.rules.selection.join import select
from placekeeper.rules.store_time import remark

_OF_NO_RUN = (Reason.OUTSIDE, Reason.BAD)


def start_by_store(
    objects: Objects, clock: Clock, source: Source, start_ms: int, note: Callable[[str], None] | None = None
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
        selection = _joined(objects, ledger, choice, at_once, in_order=False)
    except ListingOutOfOrder:
        selection = _joined(objects, ledger, choice, at_once, in_order=True)
    rule = choice.rule
    if not isinstance(rule, InRange):
        return selection
    read = sum(pc.sum(rule.has_read(batch)).as_py() or 0 for batch in ledger.rows(choice.segments))
    # Objects outside of the range keep their reasons; every other reason is that of an object in it.
    gone = read - sum(n for reason, n in selection.counts.items() if reason not in _OF_NO_RUN)
    counts = selection.counts | ({Reason.GONE: gone} if gone else {})
    return msgspec.structs.replace(selection, counts=counts)


def _joined(objects: Objects, ledger: Ledger, choice: Choice, at_once: int, *, in_order: bool) -> Selection:
    source = choice.source
    listing = objects.listing(
        source.paths,
        recurse=source.recurse,
        in_order=in_order,
        at_once=at_once,
        storage_classes=bool(source.excluded_classes),
    )
    return select(listing, ledger.rows(choice.segments), choice)
