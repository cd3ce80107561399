"""Searching for tables in all databases."""

from collections.abc import Iterator
from heapq import nlargest, nsmallest
from itertools import islice
from typing import Final

import msgspec

from placekeeper.model.catalog import Table
from placekeeper.model.page import Page
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.catalog.table_search import Meant, sort_text

PAGE_BYTES: Final = 4_000_000
"""What the definitions on a page may take together; a page has one table, however large."""

Position = tuple[str, str, str]
"""Where a table stands in the results: by the text that sorts it, and by the names of database and table."""


class Search:
    """The use case of searching. It reads all tables and keeps no more of them than a page."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(
        self,
        meant: Meant,
        *,
        sorted_by: str | None,
        descending: bool,
        after: Position | None,
        limit: int,
    ) -> tuple[Page[Table], Position | None]:
        """The tables that are meant, those after the position `after`, and the position of the last.

        They are sorted by a field, or by the names of database and table. Raises InvalidInputException for a
        field by which they cannot be sorted.
        """
        text_of = sort_text(sorted_by) if sorted_by else lambda _: ""
        with self._store.read() as tx:
            from_names = None if sorted_by or after is None else after[1:]
            found = (
                (text_of(table), table.database, table.name)
                for table in tx.tables.every(after=from_names)
                if meant(table)
            )
            positions = _first(found, after, limit + 1, is_sorted=sorted_by is None, descending=descending)
            page = _page(tx, positions, limit)
        return page, positions[len(page.items) - 1] if page.items else None


def _first(
    found: Iterator[Position], after: Position | None, count: int, *, is_sorted: bool, descending: bool
) -> list[Position]:
    if is_sorted:
        return list(islice(found, count))
    if descending:
        return nlargest(count, (each for each in found if after is None or each < after))
    return nsmallest(count, (each for each in found if after is None or each > after))


def _page(tx: Transaction, positions: list[Position], limit: int) -> Page[Table]:
    tables: list[Table] = []
    left = PAGE_BYTES
    for _, database, name in positions[:limit]:
        table = tx.tables.get(database, name)
        assert table is not None  # noqa: S101 - it was found in this snapshot
        left -= len(msgspec.json.encode(table.spec))
        if tables and left < 0:
            break
        tables.append(table)
    return Page(tables, more=len(positions) > len(tables))
