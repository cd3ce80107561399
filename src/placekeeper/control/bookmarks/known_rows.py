"""What a bookmark knows of a table of a database: its element, and the identities in its ledger."""

from collections.abc import Callable, Iterable
from functools import cache

import pyarrow as pa
from msgspec.structs import replace

from placekeeper.control.bookmarks.begun_anew import Held
from placekeeper.control.bookmarks.key_news import Identified
from placekeeper.model.element import KeyElement, StateElement
from placekeeper.model.errors import UsageError
from placekeeper.model.marks import Mark, MarkKind
from placekeeper.model.policy import OnBackfill
from placekeeper.model.source import DatabaseSource
from placekeeper.ports.ledger import Ledger
from placekeeper.rules.databases.identities import IDENTITY


def known_of(
    source: DatabaseSource,
    element: StateElement | None,
    context: str,
    note: Callable[[str], None] = lambda _: None,
) -> KeyElement | None:
    """What a context remembers of a source; None where the source is to be read whole.

    Raises UsageError for another table, database or key, unless --bookmark-backfill decides.
    """
    if element is None:
        return None
    if not isinstance(element, KeyElement):
        note(f"{source.name}: '{context}' has remembered another source, so all of this one is read")
        return None
    was = element.source
    if was is None or was.lists_like(source):
        return element
    same_keys = (was.keys.columns, was.keys.descending) == (source.keys.columns, source.keys.descending)
    backfill = source.reading.backfill
    if backfill is OnBackfill.ALLOW:
        note(f"{source.name}: '{context}' has remembered {_said(was)}, so all of this one is read")
        return None
    if backfill is OnBackfill.SEED and same_keys:
        note(f"{source.name}: '{context}' has remembered {_said(was)}, and goes on after its last key")
        return replace(element, since_xid=None, recheck_after=element.last, segments=(), reached=())
    seed = " or seed (go on after the last key that the bookmark remembers)" if same_keys else ""
    raise UsageError(
        f"'{context}' has remembered {_said(was)}, and reads {_said(source)} now. Nothing was read. Give "
        f"another transformation_ctx, or --bookmark-backfill allow (read all of it){seed}"
    )


def held_mark(marks: Iterable[Mark], source: DatabaseSource, context: str) -> Held:
    """What holds the table of a context, by the marks in force."""
    path = f"{source.place}/{source.name} ({context})"
    upto = (mark.upto for mark in marks if mark.kind is MarkKind.HELD and mark.path == path)
    return Held(path, next(upto, None))


def known_identities(ledger: Ledger, known: KeyElement | None) -> Identified:
    """Reads the identities of an element from the ledger, once. The function raises SegmentCorrupt."""

    @cache
    def identified() -> pa.Array:
        if known is None or not known.segments:
            return pa.array([], IDENTITY)
        paths = [batch.column("path") for batch in ledger.rows(known.segments)]
        return pa.chunked_array(paths, IDENTITY).combine_chunks()

    return identified


def _said(source: DatabaseSource) -> str:
    order = " in descending order" if source.keys.descending else ""
    return f"{source.name} of {source.place} by {', '.join(source.keys.columns)}{order}"
