"""The backfill guard: a run must not read very many old objects unasked because its source changed.

AWS's window would skip them silently, and the ledger would read them. So above a number that is unlikely to
be an accident, the user must decide (docs/reference/bookmarks.md#backfill-guard).
"""

import msgspec

from placekeeper.model.element import FileElement
from placekeeper.model.errors import BackfillUndecided
from placekeeper.model.plan import READ, Decisions, Reason, Selection
from placekeeper.model.policy import OnBackfill
from placekeeper.model.source import SourceOfObjects

MOST = 10_000
"""Late objects that are too many in any case, and below which a tenth of the ledger is; never below FEW."""

FEW = 100


def guarded(
    selection: Selection, source: SourceOfObjects, element: FileElement | None, context: str
) -> Selection:
    """Apply `--bookmark-backfill` to a selection.

    Raises BackfillUndecided if the option is `fail` or `keep` and a changed source brings many late objects.
    """
    if element is None or element.source is None or element.source.lists_like(source):
        return selection
    late = selection.counts.get(Reason.LATE, 0)
    known = sum(segment.rows for segment in element.segments)
    if late <= min(MOST, max(FEW, known // 10)) or source.reading.backfill is OnBackfill.ALLOW:
        return selection
    if source.reading.backfill is not OnBackfill.SEED:
        raise BackfillUndecided(context, late, known)
    counts = {reason: n for reason, n in selection.counts.items() if reason is not Reason.LATE}
    chosen = Decisions.of(selection.chosen)
    seeded = chosen.of_reasons([Reason.LATE]).for_reason(Reason.SEEDED)
    return msgspec.structs.replace(
        selection,
        chosen=chosen.of_reasons(READ - {Reason.LATE}),
        counts=counts | {Reason.SEEDED: late},
        remembered=Decisions([*Decisions.of(selection.remembered).batches, *seeded.batches]),
    )
