"""Choosing what a run reads: a streaming merge-join of a listing and the ledger.

`decide` is the rule for one object; docs/explanation/selection.md has it as a table. `select` applies it
to two sorted streams in bounded memory; the plan and the run call the same function, which is why the plan
can be the truth.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.engine.merging import check_order, rows_up_to
from placekeeper.engine.window import Window
from placekeeper.model.objects import LEDGER_SCHEMA, ObjectMeta, object_rows
from placekeeper.model.plan import Decision, Reason, Selection

BAD_SIZE = -1
"""The size under which a listing reports an object that cannot be addressed."""


class LedgerRow(msgspec.Struct, frozen=True):
    """What decides about an object that was processed before: what it was, and by which run."""

    last_modified_ms: int
    size: int
    e_tag: str | None
    run_id: str


def decide(listed: ObjectMeta, known: LedgerRow | None, window: Window) -> Reason:
    """What a run does with one listed object, given the newest ledger row of its path.

    The same content counts once: same last_modified, size and e_tag is done, whatever the clock says.
    Otherwise what was modified after the run began waits, and everything else is read.
    """
    same_content = known is not None and (known.size, known.e_tag) == (listed.size, listed.e_tag)
    if known is not None and same_content and known.last_modified_ms == listed.last_modified_ms:
        return Reason.DONE
    if window.is_after_start(listed.last_modified_ms):
        return Reason.DEFERRED
    if known is None:
        return Reason.LATE if window.is_late(listed.last_modified_ms) else Reason.NEW
    shown_equal = same_content and listed.e_tag is not None
    return Reason.TOUCHED if shown_equal else Reason.CHANGED


Filter = Callable[[str], Reason | None]
"""Says why a path is no candidate at all (hidden, excluded), or None."""


def select(
    listing: Iterable[pa.RecordBatch],
    ledger: Iterable[pa.RecordBatch],
    window: Window,
    *,
    excluded: Filter,
    visit: Callable[[Decision], None] | None = None,
) -> Selection:
    """Join a listing (LISTING_SCHEMA) with the ledger (LEDGER_SCHEMA), both sorted by path, each path once.

    `visit` is shown every decision in path order, as the plan needs it; without it, objects that are done
    cost no Python. Nothing may be read before this returns: the listing has ended then.
    Raises ListingOutOfOrder when the listing turns out not to be sorted.
    """
    counts: Counter[Reason] = Counter()
    chosen: list[Decision] = []
    in_band: list[tuple[str, int]] = []
    for listed, known in _aligned(listing, ledger):
        pending = range(listed.num_rows)
        if visit is None:
            identical = _identical(listed, known)
            counts[Reason.DONE] += pc.sum(identical).as_py() or 0
            in_band.extend(_band_of(listed.filter(identical), window))
            keep = pc.invert(identical)
            listed, known = listed.filter(keep), known.filter(keep)
            pending = range(listed.num_rows)
        objects, rows = object_rows(listed), _ledger_rows(known)
        for i in pending:
            decision = _decision(objects[i], rows[i], window, excluded)
            counts[decision.reason] += 1
            if decision.reason.is_read:
                chosen.append(decision)
            if (decision.reason.is_read or decision.reason is Reason.DONE) and window.is_in_band(
                objects[i].last_modified_ms
            ):
                in_band.append((objects[i].path, objects[i].last_modified_ms))
            if visit is not None:
                visit(decision)
    return Selection(
        chosen=tuple(chosen),
        counts={reason: n for reason, n in counts.items() if n},
        in_band=tuple(sorted(in_band)),
    )


def _decision(listed: ObjectMeta, known: LedgerRow | None, window: Window, excluded: Filter) -> Decision:
    reason = Reason.BAD if listed.size == BAD_SIZE else decide(listed, known, window)
    if reason not in (Reason.BAD, Reason.DONE):
        reason = excluded(listed.path) or reason
    return Decision(listed, reason, known.run_id if known is not None else None)


def _aligned(
    listing: Iterable[pa.RecordBatch], ledger: Iterable[pa.RecordBatch]
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Each listing batch with the ledger row of each of its paths: a batch as long, null where none."""
    cursor = _LedgerCursor(ledger)
    for batch in check_order(listing):
        paths = batch.column("path")
        known = cursor.of(paths)
        yield batch, known.take(pc.index_in(paths, value_set=known.column("path")))


class _LedgerCursor:
    """Reads the ledger's batches as far as the listing has come."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._batches = iter(batches)
        self._rest: pa.RecordBatch | None = None

    def of(self, paths: pa.Array) -> pa.RecordBatch:
        """The rows of these paths, which are sorted and greater than those asked for before."""
        last = paths[-1].as_py()
        parts = [_NO_ROWS]
        while (batch := self._rest or next(self._batches, None)) is not None:
            cut = rows_up_to(batch, last)
            part = batch.slice(0, cut)
            # Rows of objects that are gone are dropped here, so that memory does not grow with them.
            parts.append(part if cut <= len(paths) else part.filter(pc.is_in(part.column("path"), paths)))
            self._rest = batch.slice(cut) if cut < batch.num_rows else None
            if self._rest is not None:
                break
        return pa.concat_batches(parts)


_NO_ROWS = pa.RecordBatch.from_arrays(
    [pa.nulls(0, field.type) for field in LEDGER_SCHEMA], schema=LEDGER_SCHEMA
)


def _identical(listed: pa.RecordBatch, known: pa.RecordBatch) -> pa.Array:
    """Which rows `decide` calls done, without visiting them; a property test holds the two together."""
    same = pc.is_valid(known.column("path"))
    for name in ("last_modified_ms", "size"):
        same = pc.and_(same, pc.fill_null(pc.equal(listed.column(name), known.column(name)), False))
    tags = [pc.fill_null(batch.column("e_tag"), "") for batch in (listed, known)]
    return pc.and_(same, pc.equal(*tags))


def _band_of(done: pa.RecordBatch, window: Window) -> Iterator[tuple[str, int]]:
    modified = done.column("last_modified_ms")
    in_band = pc.and_(
        pc.greater(modified, window.start_ms - window.band_ms), pc.less_equal(modified, window.start_ms)
    )
    rows = done.filter(in_band)
    return zip(rows.column("path").to_pylist(), rows.column("last_modified_ms").to_pylist(), strict=True)


def _ledger_rows(known: pa.RecordBatch) -> list[LedgerRow | None]:
    columns = [known.column(n).to_pylist() for n in ("last_modified_ms", "size", "e_tag", "run_id")]
    return [
        None if run_id is None else LedgerRow(ms, size, e_tag, run_id)
        for ms, size, e_tag, run_id in zip(*columns, strict=True)
    ]
