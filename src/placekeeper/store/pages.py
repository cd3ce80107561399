"""Listings end a page by number or by size, whichever comes first, so that no answer outgrows memory."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy import RowMapping

from placekeeper.model.page import Page

PAGE_BYTES = 4_000_000
"""What the texts of a page may take together; a page has one row, however large."""

T = TypeVar("T")


def page_of(
    rows: Iterable[RowMapping],
    limit: int,
    item_of: Callable[[RowMapping], T],
    *texts: str,
) -> Page[T]:
    """A page of at most `limit` rows; `texts` are the columns of any length.

    `rows` has one more, if there is one, and is read no further than needed.
    """
    items: list[T] = []
    left = PAGE_BYTES
    for row in rows:
        left -= sum(_size(row[text] or "") for text in texts)
        if len(items) == limit or (items and left < 0):
            return Page(items, more=True)
        items.append(item_of(row))
    return Page(items, more=False)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


STREAMED = {"stream_results": True}
"""Rows of such a statement come as they are read; SQLite's do anyway."""
