"""Tables that end before the key up to which they were read: they were emptied, or their last rows deleted.

Source: docs/reference/database-bookmarks.md#tables-that-begin-anew.
"""

from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placekeeper.control.bookmarks.sampled_rows import is_numbered, look_again
from placekeeper.model.databases import Key, KeyRange, Past, TableMark
from placekeeper.model.element import KeyElement
from placekeeper.model.errors import TableBegunAnew
from placekeeper.model.policy import OnBackfill
from placekeeper.model.source import DatabaseSource
from placekeeper.ports.databases import DatabaseSession
from placekeeper.rules.databases.key_values import is_time, key_text, whole_number
from placekeeper.rules.databases.missing_ids import up_to
from placekeeper.rules.databases.row_samples import Compared


class Standing(Struct, frozen=True):
    """What of a bookmark still holds for a table as it is now; None if the table is to be read whole."""

    known: KeyElement | None
    mark: TableMark | None = None
    notes: tuple[str, ...] = ()


class Held(Struct, frozen=True):
    """What holds a table until somebody has decided: an earlier run found that it had begun anew.

    `path` names the table and its context. `upto` was its last key then, None if nothing holds it.
    """

    path: str = ""
    upto: Key | None = None


NOT_HELD: Final = Held()


def standing(
    session: DatabaseSession, source: DatabaseSource, known: KeyElement | None, held: Held = NOT_HELD
) -> Standing:
    """What holds.

    A table that was provably emptied is read whole. If its numbers begin anew, or other rows stand in the
    places of those that were read, and nobody can say which were, --bookmark-backfill decides. Without it,
    TableBegunAnew is raised. Times do not begin anew, so a table with such a key is read on. If only the
    last rows are gone, the bookmark goes back to the last key there.
    """
    mark = session.table_mark(source.relation)
    if known is None or known.last is None:
        return Standing(known, mark)
    top = _top(session, source, known.last)
    if top is None:
        note = f"{source.name}: no row is there any more: what comes from now on is new"
        return Standing(_back_to_nothing(known), mark, (note,))
    decided = partial(_decided, session, source, known, mark, held.path)
    if held.upto is not None:
        return decided(_lower(held.upto, top), _begun(source, known.last))
    ends_before = top != known.last
    is_counted_anew = ends_before and _is_counted_anew(session, source, known.last, top)
    seen = look_again(session, source, known.sample, ends_before=ends_before)
    past = _past(session, source, known.mark, mark, is_odd=is_counted_anew or seen.verdict == "others")
    if is_counted_anew and past == "emptied" and seen.verdict != "same":
        note = (
            f"{source.name}: the table was emptied since the last run, which had read up to the key "
            f"{key_text(known.last)}: all of it is read"
        )
        return Standing(None, mark, (note,))
    is_new = past in ("emptied", "replaced") and not seen.is_whole
    if is_new and not ends_before and is_time(known.last[0].type):
        return Standing(known, mark, (_filled_again(source, known.last),))
    if is_counted_anew or (is_new and not ends_before):
        return decided(top, _begun(source, known.last))
    if past != "kept" and seen.verdict == "others" and not _may_be_update(known.mark, mark, seen):
        return decided(top, _others(source, known.last, seen))
    if not ends_before:
        return Standing(known, mark)
    note = (
        f"{source.name}: the bookmark has read up to the key {key_text(known.last)}, and the table ends at "
        f"{key_text(top)} now, because its last rows were deleted. Rows after that key are read when they "
        "come. If the table was emptied, read all again: placekeeper bookmark reset NAME"
    )
    return Standing(_back_to(session, source, known, top), mark, (note,))


def _top(session: DatabaseSession, source: DatabaseSource, last: Key) -> Key | None:
    """The last key that is there, or the one up to which the table was read if others come after it."""
    if session.first_key(source.relation, source.keys, KeyRange(after=last)) is not None:
        return last
    return session.last_key(source.relation, source.keys, KeyRange(upto=last))


def _is_counted_anew(session: DatabaseSession, source: DatabaseSource, last: Key, top: Key) -> bool:
    """Whether the database gives numbers again that the bookmark has read.

    A counter that stands behind rows that are there has not numbered them.
    """
    read, there = whole_number(last), whole_number(top)
    if read is None or there is None or not is_numbered(source, last):
        return False
    number = session.next_number(source.relation, source.keys.columns[0])
    return number is not None and there < number <= read


def _past(
    session: DatabaseSession,
    source: DatabaseSource,
    was: TableMark | None,
    now: TableMark | None,
    *,
    is_odd: bool,
) -> Past:
    """What became of the table. To ask may take a look at all rows, so it is asked where something is odd."""
    if was is None or now is None:
        return "unknown"
    if not is_odd and (was.table, was.files, was.numbers) == (now.table, now.files, now.numbers):
        return "unknown"
    return session.past(source.relation, source.keys.columns[0], was, now)


def _may_be_update(was: TableMark | None, now: TableMark | None, seen: Compared) -> bool:
    """Whether an UPDATE of one column may have made all that is other.

    A table whose files and sequences are the same was not truncated, and its numbers do not begin anew.
    """
    if was is None or now is None or not was.files or not was.numbers or seen.columns != 1:
        return False
    return (was.table, was.files, was.numbers) == (now.table, now.files, now.numbers)


def _lower(one: Key, other: Key) -> Key:
    numbers = whole_number(one), whole_number(other)
    return other if None not in numbers and int(other[0].text) < int(one[0].text) else one


def _filled_again(source: DatabaseSource, last: Key) -> str:
    return (
        f"{source.name}: the table was emptied and filled again since the last run. Rows up to the key "
        f"{key_text(last)} are read only as far as this run looks back for late ones. To read all, reset the "
        "bookmark (placekeeper bookmark reset), and run again"
    )


def _begun(source: DatabaseSource, last: Key) -> str:
    return (
        f"{source.name}: the table has begun anew since the last run, which had read up to the key "
        f"{key_text(last)}"
    )


def _others(source: DatabaseSource, last: Key, seen: Compared) -> str:
    behind = "" if seen.behind is None else f" behind the key {seen.behind}"
    return (
        f"{source.name}: other rows have the keys of rows that were read{behind}. So the table was probably "
        "emptied and filled again, or restored, since the last run, which had read up to the key "
        f"{key_text(last)}"
    )


def _decided(
    session: DatabaseSession,
    source: DatabaseSource,
    known: KeyElement,
    mark: TableMark | None,
    path: str,
    top: Key,
    begins: str,
) -> Standing:
    """What --bookmark-backfill decides. What comes after `top` is read in any case."""
    if source.reading.backfill is OnBackfill.ALLOW:
        return Standing(None, mark, (f"{begins}: all of it is read (--bookmark-backfill allow)",))
    if source.reading.backfill is OnBackfill.SEED:
        note = f"{begins}: the run goes on after {key_text(top)} (--bookmark-backfill seed)"
        return Standing(replace(_back_to_nothing(known), last=top, recheck_after=top), mark, (note,))
    if source.reading.backfill is OnBackfill.KEEP:
        note = f"{source.name}: the table counts as the same and is read on (--bookmark-backfill keep)"
        kept = known if top == known.last else _back_to(session, source, known, top)
        return Standing(kept, mark, (note,))
    raise TableBegunAnew(
        f"{begins}. Nobody can say whether the rows up to {key_text(top)} were read before it was emptied or "
        "restored. Nothing was read, and no run reads on before a decision. Give --bookmark-backfill allow "
        f"(read all of it), seed (go on after {key_text(top)}), or keep (it is the same table, and people "
        "have changed rows: go on as before)",
        top,
        path,
    )


def _back_to_nothing(known: KeyElement) -> KeyElement:
    return replace(
        known,
        last=None,
        recheck_after=None,
        since_xid=None,
        segments=(),
        missing=(),
        reached=(),
        unlisted=(),
        unwatched=(),
    )


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
        unlisted=up_to(known.unlisted, top, descending=source.keys.descending),
        reached=tuple(one for one in known.reached if is_there(one.last)),
    )
