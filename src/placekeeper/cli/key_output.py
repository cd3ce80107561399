"""What a bookmark remembers of tables of databases, for people: the last key, and what may still come."""

from collections.abc import Iterator
from typing import Final

from placekeeper.cli.output import instant
from placekeeper.model.bookmark import BookmarkState
from placekeeper.model.databases import MissingIds
from placekeeper.model.element import KeyElement
from placekeeper.model.wording import counted
from placekeeper.rules.databases.key_values import key_text
from placekeeper.rules.databases.missing_ids import count

MOST_SHOWN: Final = 20
"""Ranges of missing ids."""


def key_elements(state: BookmarkState) -> list[tuple[str, KeyElement]]:
    """The elements of tables of databases, by context."""
    return [(name, found) for name, found in sorted(state.items()) if isinstance(found, KeyElement)]


def key_lines(context: str, element: KeyElement) -> Iterator[str]:
    """Lines about one element: how far the table was read, how far runs look back, which ids are missing."""
    source = element.source
    by = "" if source is None else f" by {', '.join(source.keys.columns)}"
    down = " in descending order" if source is not None and source.keys.descending else ""
    if element.last is None:
        yield f"{context}: read{by}{down}; there was no row yet"
    else:
        yield f"{context}: read{by}{down} up to {key_text(element.last)}{_behind(element)}"
    if element.missing:
        newest = sorted(element.missing, key=lambda one: -one.last)
        yield f"{context}: {counted(count(element.missing), 'missing id')} that runs ask for again:"
        for one in newest[:MOST_SHOWN]:
            yield f"  {_range(one)}, since {instant(one.since_ms)}"
        if len(newest) > MOST_SHOWN:
            yield f"  and {counted(len(newest) - MOST_SHOWN, 'range')} more"
    for one in element.unlisted:
        yield f"{context}: more ids are missing from {_range(one)}; runs look again at all rows there"
    for one in element.unwatched:
        yield f"{context}: ids from {_range(one)} are not watched: rows that come late there are missed"


def _behind(element: KeyElement) -> str:
    if element.last is None or element.recheck_after == element.last:
        return ""
    behind = (
        "all of it"
        if element.recheck_after is None
        else f"what comes after {key_text(element.recheck_after)}"
    )
    return f"; the next run looks again at {behind}"


def _range(one: MissingIds) -> str:
    return str(one.first) if one.first == one.last else f"{one.first} to {one.last}"
