"""What the next run reads of one source: the one function behind the plan and the run."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.bookmark import Source, StateElement
from placekeeper.model.errors import ListingOutOfOrder
from placekeeper.model.marks import Mark
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Reason, Selection
from placekeeper.model.policy import Policy, ReadingPolicy
from placekeeper.ports.clock import Clock
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Objects
from placekeeper.rules.jobs.run_options import LIST_AT_ONCE
from placekeeper.rules.selection.bounds import MOST_LISTED, most_in_band
from placekeeper.rules.selection.candidates import candidate_filter
from placekeeper.rules.selection.choice import Choice, select
from placekeeper.rules.selection.decisions import ByWindow, Exact, InRange, Rule
from placekeeper.rules.selection.window import IncludeList, RangeEnd, Taken, Window
from placekeeper.rules.store_time import remark

_NO_BOUND_MS = 2**62
_OF_NO_RUN = (Reason.OUTSIDE, Reason.BAD)


class RangeOf(msgspec.Struct, frozen=True, kw_only=True):
    """Pause with from and to: what lies between the states after two runs, of one context.

    `after` is the version of the first; `begin` and `end` are its elements, None where it had none.
    """

    after: int
    begin: StateElement | None
    end: StateElement | None


def start_by_store(
    objects: Objects, clock: Clock, source: Source, start_ms: int, note: Callable[[str], None] | None = None
) -> int:
    """A run's start (T2) by the clock that stamps a source's objects; `note` gets what there is to say of it.

    So a clock that is wrong, here or there, neither loses objects nor puts them off (bookmarks.md §11.6).
    """
    if not source.paths:  # a table without partitions
        return start_ms
    skew_ms = objects.clock_skew_ms(source.paths, clock)
    sentence = remark(source.name, skew_ms)
    if note is not None and sentence is not None:
        note(sentence)
    return start_ms + (skew_ms or 0)


def select_objects(
    objects: Objects,
    ledger: Ledger,
    source: Source,
    element: StateElement | None,
    *,
    start_ms: int,
    explain: bool = False,
    aws: StateElement | None = None,
    at_once: int = LIST_AT_ONCE,
    planned: Mapping[str, ObjectMeta] | None = None,
    marks: Iterable[Mark] = (),
) -> Selection:
    """List a source and join it with what its state element remembers.

    `start_ms` is the run's start (T2) by the clock of the source's store; up to `at_once` parts are listed at
    the same time. With `explain` the selection has every decision, and what AWS would decide that remembers
    the element `aws`. With `planned`, no others than these objects are read; `marks` are those in
    force. A store that turns out not to list in key order is listed again, sorted.

    Raises ListingFailed, SegmentCorrupt.
    """
    window = Window.between(element, start_ms=start_ms, band_ms=source.max_band_ms)
    policy = source.reading.policy
    choice = Choice(
        rule=_rule(policy, source, element, window),
        window=window,
        excluded=candidate_filter(source.paths, source.exclusions, recurse=source.recurse),
        excluded_classes=frozenset(source.excluded_classes),
        reading=_limits(source.reading),
        most_listed=max(MOST_LISTED, source.reading.max_files_in_band or 0),
        explain=explain,
        elsewhere=_on_aws(source, aws, window) if explain else None,
        planned=planned,
        marks=_by_path(marks),
    )
    segments = () if element is None else element.segments
    return _listed(objects, source, choice, lambda: ledger.rows(segments), at_once)


def select_range(
    objects: Objects,
    ledger: Ledger,
    source: Source,
    range_: RangeOf,
    *,
    at_once: int = LIST_AT_ONCE,
    marks: Iterable[Mark] = (),
) -> Selection:
    """List a source and take what the runs of a range have processed; what is gone since is counted.

    Raises ListingFailed, SegmentCorrupt.
    """
    segments = () if range_.end is None else range_.end.segments
    if source.reading.policy is Policy.WINDOW and range_.end is not None:
        end = range_.end
        window = Window.between(range_.begin, start_ms=end.run_start_ms, band_ms=end.high_band_ms)
        rule: Rule = ByWindow(
            window,
            IncludeList.of(range_.begin, up_to=range_.after),
            partitions=source.partitions or (),
            latest=range_.begin,
            taken=Taken.of(range_.begin, up_to=range_.after),
            end=RangeEnd(IncludeList.of(end), Taken.of(end), end),
        )
    else:
        window = Window(start_ms=_NO_BOUND_MS, band_ms=0)
        rule = InRange(range_.after)
    choice = Choice(
        rule=rule,
        window=window,
        excluded=candidate_filter(source.paths, source.exclusions, recurse=source.recurse),
        excluded_classes=frozenset(source.excluded_classes),
        marks=_by_path(marks),
    )
    selection = _listed(objects, source, choice, lambda: ledger.rows(segments), at_once)
    if not isinstance(rule, InRange):
        return selection
    read = sum(pc.sum(rule.has_read(batch)).as_py() or 0 for batch in ledger.rows(segments))
    # What is outside stays so, whatever its name; any other reason is one of an object of the range.
    gone = read - sum(n for reason, n in selection.counts.items() if reason not in _OF_NO_RUN)
    counts = selection.counts | ({Reason.GONE: gone} if gone else {})
    return msgspec.structs.replace(selection, counts=counts)


def _by_path(marks: Iterable[Mark]) -> Mapping[str, Mark]:
    return {mark.path: mark for mark in marks}


def _rule(policy: Policy, source: Source, element: StateElement | None, window: Window) -> Rule:
    imported = element is not None and element.is_imported
    if policy is Policy.WINDOW:
        return ByWindow(
            window,
            IncludeList.of(element),
            partitions=source.partitions or (),
            latest=element,
            taken=Taken.of(element),
            imported=imported,
        )
    return Exact(window, source.reading, IncludeList.of(element) if imported and element else None)


def _on_aws(source: Source, element: StateElement | None, window: Window) -> Rule:
    """AWS's rule, which knows an element only as far as its string says it."""
    theirs = Window.between(element, start_ms=window.start_ms, band_ms=window.band_ms)
    return ByWindow(theirs, IncludeList.of(element), partitions=source.partitions or (), latest=element)


def _limits(reading: ReadingPolicy) -> ReadingPolicy:
    """AWS's window keeps at most so many files of its last part; the ledger has no such limit."""
    most = most_in_band(reading) if reading.policy is Policy.WINDOW else None
    return msgspec.structs.replace(reading, max_files_in_band=most)


def _listed(
    objects: Objects,
    source: Source,
    choice: Choice,
    rows: Callable[[], Iterator[pa.RecordBatch]],
    at_once: int,
) -> Selection:
    def join(in_order: bool) -> Selection:
        listing = objects.listing(
            source.paths,
            recurse=source.recurse,
            in_order=in_order,
            at_once=at_once,
            storage_classes=bool(source.excluded_classes),
        )
        return select(listing, rows(), choice)

    try:
        return join(in_order=False)
    except ListingOutOfOrder:
        return join(in_order=True)
