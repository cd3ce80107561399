"""A table that was emptied and gives its numbers anew: what a bookmark knew of it may not count any more.

Source: docs/reference/databases.md#keys-anew.
"""

from collections.abc import Callable

from msgspec.structs import replace

from placekeeper.model.databases import KeyRange
from placekeeper.model.element import KeyElement
from placekeeper.model.errors import NoBookmarkKey
from placekeeper.model.policy import OnBackfill, Policy
from placekeeper.model.source import DatabaseSource
from placekeeper.ports.databases import DatabaseSession
from placekeeper.rules.databases.key_values import key_text, whole_number


def still_known(
    session: DatabaseSession,
    source: DatabaseSource,
    known: KeyElement | None,
    note: Callable[[str], None] = lambda _: None,
) -> KeyElement | None:
    """What a bookmark knows of the table as it is now; None if it is to be read whole.

    Where the database gives numbers again up to the last key, an empty table is read whole from now on. Of
    rows that are there already, nobody can say whether they were read: before the table was emptied, or
    restored from a copy. Raises NoBookmarkKey then, unless --bookmark-backfill decides.
    """
    next_number = _next_number(session, source, known)
    if known is None or next_number is None:
        return known
    top = session.last_key(source.relation, source.keys, KeyRange())
    begins = (
        f"{source.name} gives the number {next_number} next, and the bookmark has read up to the key "
        f"{key_text(known.last)}: its numbers begin anew"
    )
    if top is None:
        note(f"{begins}. It is empty, so all rows that it gets from now on are read")
        return None
    if source.reading.backfill is OnBackfill.ALLOW:
        note(f"{begins}. All of it is read (--bookmark-backfill allow)")
        return None
    if source.reading.backfill is OnBackfill.SEED:
        note(f"{begins}. The run goes on after its last key {key_text(top)} (--bookmark-backfill seed)")
        return replace(
            known, last=top, recheck_after=top, since_xid=None, segments=(), missing=(), reached=()
        )
    raise NoBookmarkKey(
        f"{begins}. It ends at {key_text(top)} now. Nothing was read. Give --bookmark-backfill allow (read "
        f"all of it) or seed (go on after {key_text(top)}: the rows up to it were read before)"
    )


def _next_number(session: DatabaseSession, source: DatabaseSource, known: KeyElement | None) -> int | None:
    """The number that the database gives next, if the bookmark has read up to that number or beyond it."""
    keys, last = source.keys, None if known is None else whole_number(known.last)
    if known is None or last is None or source.reading.policy is not Policy.EXACT:
        return None
    if not keys.unique or keys.descending or len(keys.columns) != 1:
        return None
    if session.first_key(source.relation, keys, KeyRange(after=known.last)) is not None:
        return None
    number = session.next_number(source.relation, keys.columns[0])
    return number if number is not None and number <= last else None
