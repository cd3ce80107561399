"""The selection of a run: a streaming merge-join of a listing and the ledger.

`select` applies a rule (rules/selection/decisions.py) to two sorted streams in bounded memory. The plan and
the run call the same function, so the plan is what the run reads.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.element import NextWindow
from placekeeper.model.objects import (
    LEDGER_FACTS,
    LEDGER_SCHEMA,
    LedgerRow,
    ObjectMeta,
    ledger_rows,
    object_rows,
)
from placekeeper.model.plan import (
    LEFT,
    PROCESSED,
    READ,
    Decision,
    Decisions,
    Reason,
    Selection,
    decision_batch,
)
from placekeeper.rules.selection.bounds import (
    TIMES,
    band,
    beyond_band,
    in_band,
    oldest_in_band,
    oldest_within,
    watermark,
)
from placekeeper.rules.selection.choice import Choice
from placekeeper.rules.selection.decisions import Aligned, Rule
from placekeeper.rules.selection.marks import marked
from placekeeper.rules.sorted_streams import check_order, rows_up_to

BAD_SIZE = -1
"""The size that a listing gives to an object that cannot be addressed."""


class Part(NamedTuple):
    """What one batch of the listing gives: the decisions that count one by one, sorted by path, the number of
    the others by reason, and the times (TIMES) of settled objects that may belong to the next list."""

    kept: Sequence[Decision]
    others: Counter[Reason]
    processed: pa.RecordBatch | None


def select(listing: Iterable[pa.RecordBatch], ledger: Iterable[pa.RecordBatch], choice: Choice) -> Selection:
    """Join a listing (LISTING_SCHEMA) with the ledger (LEDGER_SCHEMA), both sorted by path, each path once.

    Rows that the rule settles cost no Python, unless every decision is asked for. Nothing may be read before
    this returns, because only then has the listing ended. Raises ListingOutOfOrder for an unsorted listing.
    """
    counts: Counter[Reason] = Counter()
    kept: list[pa.RecordBatch] = []
    processed: list[pa.RecordBatch] = []
    for part in decided(listing, ledger, choice):
        counts.update(part.others)
        if part.kept:
            kept.append(decision_batch(part.kept))
        if part.processed is not None:
            processed.append(part.processed)
    return _selection(_bounded(Decisions(kept), processed, choice), counts, processed, choice)


def decided(
    listing: Iterable[pa.RecordBatch], ledger: Iterable[pa.RecordBatch], choice: Choice
) -> Iterator[Part]:
    """The decisions of `select` batch by batch, while the listing goes on; the limits of `choice` are not
    applied, because they take the oldest objects of all. Raises ListingOutOfOrder, after what came in order.
    """
    since_ms = _band_begins(choice)
    for rows in _aligned(listing, ledger):
        others: Counter[Reason] = Counter()
        processed = None
        if not choice.explains:
            mask = choice.rule.settle(rows)
            others[choice.rule.settled] = pc.sum(mask).as_py() or 0
            if choice.rule.settled.is_processed:
                processed = _modified_since(rows.listed, since_ms, mask)
            rest = pc.invert(mask)
            rows = Aligned(rows.listed.filter(rest), rows.known.filter(rest))
        of_batch: list[Decision] = []
        columns = object_rows(rows.listed), ledger_rows(rows.known), _is_excluded_class(rows.listed, choice)
        for listed, known, is_excluded_class in zip(*columns, strict=True):
            decision = _decision(listed, known, is_excluded_class, choice)
            if choice.explains or decision.reason.is_processed or decision.reason.is_left:
                of_batch.append(decision)
            else:
                others[decision.reason] += 1
        yield Part(of_batch, others, processed)


def _decision(
    listed: ObjectMeta, known: LedgerRow | None, is_excluded_class: bool, choice: Choice
) -> Decision:
    def by(rule: Rule) -> Reason:
        if listed.size == BAD_SIZE:
            return Reason.BAD
        reason = rule.decide(listed, known)
        if reason is rule.settled:
            return reason
        excluded_class = Reason.EXCLUDED_CLASS if is_excluded_class else None
        return choice.excluded(listed.path) or excluded_class or reason

    reason = marked(by(choice.rule), listed, choice.marks.get(listed.path))
    if reason.is_read and choice.planned is not None and choice.planned.get(listed.path) != listed:
        reason = Reason.UNPLANNED
    return Decision(
        listed,
        reason,
        known.run_id if known is not None else None,
        by(choice.on_aws) if choice.on_aws is not None else None,
    )


def _bounded(decisions: Decisions, processed: Sequence[pa.RecordBatch], choice: Choice) -> Decisions:
    """The decisions; those that this run must leave to the next become `bounded`. `processed` are the times
    of settled objects, which may be in the next list."""
    limits = choice.limits
    if not limits.is_bounded and limits.most_in_band is None:
        return decisions
    chosen = decisions.of_reasons(READ)
    beyond: set[str] = set()
    if limits.is_bounded:
        kept = oldest_within(limits, chosen)
        beyond = {d.object.path for d in chosen if d.object.path not in kept}
    if limits.most_in_band is not None:
        carried = len(in_band(processed, choice.window)) + sum(
            d.reason in (Reason.DONE, Reason.ASSUMED) and choice.window.is_in_band(d.object.last_modified_ms)
            for d in decisions
        )
        kept_of_run = [d for d in chosen if d.object.path not in beyond]
        beyond |= beyond_band(kept_of_run, choice.window, carried=carried, most=limits.most_in_band)
    if not beyond:
        return decisions
    return Decisions.of(
        msgspec.structs.replace(d, reason=Reason.BOUNDED) if d.object.path in beyond else d for d in decisions
    )


def _selection(
    decisions: Decisions,
    counts: Counter[Reason],
    processed: Sequence[pa.RecordBatch],
    choice: Choice,
) -> Selection:
    counts.update(decisions.counts)
    decided = [batch.select(TIMES.names) for batch in decisions.of_reasons(PROCESSED).batches]
    return Selection(
        chosen=decisions.of_reasons(READ),
        counts={reason: n for reason, n in counts.items() if n},
        next_window=_next_window(decisions, [*processed, *decided], choice),
        remembered=decisions.of_reasons([Reason.ASSUMED]),
        quarantined=decisions.of_reasons([Reason.QUARANTINED]),
        decisions=decisions if choice.explains else (),
    )


def _next_window(decisions: Decisions, processed: Sequence[pa.RecordBatch], choice: Choice) -> NextWindow:
    """The beginning of the next run's window, as far as this run's listing determines it."""
    watermark_ms, band_ms = choice.window.start_ms, choice.window.band_ms
    inexpressible = 0
    if choice.is_partial:
        left = decisions.of_reasons(LEFT)
        watermark_ms = watermark(choice.window, left)
        band_ms = band(choice.window, watermark_ms, left)
        inexpressible = sum(d.object.last_modified_ms <= watermark_ms - band_ms for d in left)
    up_to_watermark = msgspec.structs.replace(choice.window, start_ms=watermark_ms, band_ms=band_ms)
    listed, unlisted = oldest_in_band(processed, up_to_watermark, choice.limits.most_listed)
    return NextWindow(
        watermark_ms=watermark_ms,
        band_ms=band_ms,
        in_band=listed,
        unlisted=unlisted,
        inexpressible=inexpressible,
    )


def _band_begins(choice: Choice) -> float:
    """The earliest time of processed objects that may belong to the next list, however low the watermark."""
    window = choice.window
    if not choice.is_partial:
        return window.start_ms - window.band_ms
    if window.previous_start_ms is None:
        return float("-inf")
    lowest = min(window.previous_start_ms, window.start_ms)  # a clock may have gone back
    return lowest - max(window.band_ms, window.previous_band_ms)


def _aligned(listing: Iterable[pa.RecordBatch], ledger: Iterable[pa.RecordBatch]) -> Iterator[Aligned]:
    cursor = _LedgerCursor(ledger)
    for batch in check_order(listing):
        paths = batch.column("path")
        rows = cursor.of(paths)
        known = rows.select(LEDGER_FACTS)
        if not rows.column("path").equals(paths):  # mostly nothing came and nothing went
            known = known.take(pc.index_in(paths, value_set=rows.column("path")))
        yield Aligned(batch, known)


class _LedgerCursor:
    """Reads the ledger's batches, no further than the listing has come."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._batches = iter(batches)
        self._rest: pa.RecordBatch | None = None

    def of(self, paths: pa.Array) -> pa.RecordBatch:
        """The rows of these paths, which are sorted and greater than those asked for before."""
        last = paths[-1].as_py()
        parts = []
        while (batch := self._rest or next(self._batches, None)) is not None:
            cut = rows_up_to(batch, last)
            part = batch.slice(0, cut)
            # Rows of objects that are gone are dropped here, so that memory does not grow with them.
            parts.append(part if cut <= len(paths) else part.filter(pc.is_in(part.column("path"), paths)))
            self._rest = batch.slice(cut) if cut < batch.num_rows else None
            if self._rest is not None:
                break
        return parts[0] if len(parts) == 1 else pa.concat_batches(parts or [_NO_ROWS])


_NO_ROWS = pa.RecordBatch.from_arrays(
    [pa.nulls(0, field.type) for field in LEDGER_SCHEMA], schema=LEDGER_SCHEMA
)


def _is_excluded_class(listed: pa.RecordBatch, choice: Choice) -> list[bool]:
    """Whether each row is in a storage class that is excluded."""
    excluded = frozenset(choice.source.excluded_classes)
    if not excluded:
        return [False] * listed.num_rows
    return [name in excluded for name in listed.column("storage_class").to_pylist()]


def _modified_since(batch: pa.RecordBatch, since_ms: float, mask: pa.Array) -> pa.RecordBatch:
    """Paths and times of the masked rows that were modified after an instant."""
    is_since = pc.greater(batch.column("last_modified_ms"), since_ms)
    return batch.select(TIMES.names).filter(pc.and_(mask, is_since))
