"""Tables that end before the key up to which they were read: they were emptied, or their last rows deleted.

Source: docs/reference/databases.md#tables-that-begin-anew.
"""

from msgspec import Struct
from msgspec.structs import replace

from placekeeper.model.databases import Key, KeyRange, TableMark
from placekeeper.model.element import KeyElement
from placekeeper.model.source import DatabaseSource
from placekeeper.ports.databases import DatabaseSession
from placekeeper.rules.databases.key_values import key_text
from placekeeper.rules.databases.missing_ids import up_to


class Standing(Struct, frozen=True):
    """What of a bookmark still holds for a table as it is now; None if the table is to be read whole."""

    known: KeyElement | None
    mark: TableMark | None = None
    notes: tuple[str, ...] = ()


def standing(session: DatabaseSession, source: DatabaseSource, known: KeyElement | None) -> Standing:
    """What holds.

    A table that has provably begun anew is read whole. If only its last rows are gone, the bookmark goes back
    to the last key that is there: what comes after it is new, and nothing is read twice.
    """
    mark = session.table_mark(source.relation)
    if known is None or known.last is None:
        return Standing(known, mark)
    after = KeyRange(after=known.last)
    top, ends_before = known.last, False
    if session.first_key(source.relation, source.keys, after) is None:
        found = session.last_key(source.relation, source.keys, KeyRange(upto=known.last))
        ends_before = found != known.last
        if found is None:
            note = f"{source.name}: no row is there any more: what comes from now on is new"
            return Standing(_back_to_nothing(known), mark, (note,))
        top = found
    if _is_anew(session, source, known.mark, mark, ends_before=ends_before):
        note = (
            f"{source.name}: the table was emptied or made anew since the last run, which had read up to the "
            f"key {key_text(known.last)}: all of it is read"
        )
        return Standing(None, mark, (note,))
    if not ends_before:
        return Standing(known, mark)
    note = (
        f"{source.name}: the bookmark has read up to the key {key_text(known.last)}, and the table ends at "
        f"{key_text(top)} now: its last rows were deleted, or it was emptied and its numbers begin anew. "
        "Rows after that key are read when they come. If the table was emptied, read all again: "
        "placekeeper bookmark reset NAME"
    )
    return Standing(_back_to(session, source, known, top), mark, (note,))


def _is_anew(
    session: DatabaseSession,
    source: DatabaseSource,
    was: TableMark | None,
    now: TableMark | None,
    *,
    ends_before: bool,
) -> bool:
    """Whether no row can be there that an earlier run has seen.

    A statement that alters a table may write its rows again. Then other files hold them, but its numbers
    go on.
    """
    if was is None or now is None:
        return False
    is_other = was.table != now.table
    is_emptied = was.files != now.files and (ends_before or was.numbers != now.numbers)
    if not (is_other or is_emptied):
        return False
    return not session.has_rows_before(source.relation, was)


def _back_to_nothing(known: KeyElement) -> KeyElement:
    return replace(known, last=None, recheck_after=None, since_xid=None, segments=(), missing=(), reached=())


def _back_to(session: DatabaseSession, source: DatabaseSource, known: KeyElement, top: Key) -> KeyElement:
    def is_there(key: Key | None) -> bool:
        """Whether a key is not after the last one."""
        between = KeyRange(after=key, upto=top)
        return key in (None, top) or session.first_key(source.relation, source.keys, between) is not None

    return replace(
        known,
        last=top,
        recheck_after=known.recheck_after if is_there(known.recheck_after) else top,
        missing=up_to(known.missing, top, descending=source.keys.descending),
        reached=tuple(one for one in known.reached if is_there(one.last)),
    )
