"""Rows whose first key is PostgreSQL's infinity: no frame can hold it, and no bookmark can pass it.

Source: docs/reference/database-bookmarks.md#bookmark-keys.
"""

from collections.abc import Iterator
from typing import TypeGuard

from placekeeper.model.databases import Key, KeyRange, KeyType, Rows
from placekeeper.model.errors import NoBookmarkKey
from placekeeper.model.source import DatabaseSource
from placekeeper.model.wording import counted
from placekeeper.ports.databases import DatabaseSession
from placekeeper.rules.databases.key_values import INFINITIES, is_time
from placekeeper.rules.databases.reading import Reading


def endless_notes(
    session: DatabaseSession, source: DatabaseSource, found: Reading, first: KeyType
) -> Iterator[str]:
    """Sentences about such rows that are not read. Raises NoBookmarkKey for one that would be."""
    table, keys = source.relation, source.keys
    if not is_time(first) or session.moment.oldest_xid is None:  # other products have no infinity
        return
    begin = session.first_key(table, keys, KeyRange())
    if _is_endless(begin):
        rows = KeyRange(upto=begin[:1])
        some = [one for one in (found.new, found.late) if one is not None]
        yield from _said(session, source, begin, rows, is_read=any(one.after is None for one in some))
    end = session.last_key(table, keys, KeyRange())
    if _is_endless(end) and end[:1] != (begin or ())[:1]:
        finite = session.last_key(table, keys, KeyRange(upto=end[:1], to_before=True))
        is_read = found.new is not None and _is_endless(found.last)
        yield from _said(session, source, end, KeyRange(after=finite), is_read=is_read)


def _is_endless(key: Key | None) -> TypeGuard[Key]:
    return key is not None and key[0].text in INFINITIES


def _said(
    session: DatabaseSession, source: DatabaseSource, key: Key, rows: KeyRange, *, is_read: bool
) -> Iterator[str]:
    number = session.count(Rows(table=source.relation, keys=source.keys, ranges=(rows,)))
    name, value = source.keys.columns[0], key[0].text
    what = f"{source.name}: {counted(number, 'row')} with {name} = '{value}', which is no point in time"
    if is_read:
        raise NoBookmarkKey(
            f"{what}, cannot be read. Nothing was read. Give such rows a time, or read a view that does"
        )
    are = "is" if number == 1 else "are"
    yield f"{what}, {are} read by no run. Give such rows a time"
