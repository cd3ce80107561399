"""Merges of the ledger's segments in SQL: inserts and selects only."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from placekeeper.model.segments import Merge, MergeRow
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.store.damage import decoded
from placekeeper.store.schema import bookmark_versions as versions
from placekeeper.store.schema import dropped_segments, merges
from placekeeper.store.sealed import plain, stored

_KEYS_AT_ONCE = 500
"""SQLite takes no more than a thousand or so values in a statement."""


class SqlMergeRows:
    """Implements ports.store.MergeRows."""

    def __init__(self, connection: Connection, keys: Keys = NO_KEYS) -> None:
        self._connection = connection
        self._keys = keys

    def append(
        self, bookmark_id: int, number: int, merge: Merge, *, now_ms: int, key: str | None = None
    ) -> bool:
        """Insert a merge; False when there is one of that number: somebody else has merged meanwhile."""
        newest = select(func.max(versions.c.version)).where(versions.c.bookmark_id == bookmark_id)
        row = {
            "bookmark_id": bookmark_id,
            "number": number,
            "after_version": newest.scalar_subquery(),
            "created_ms": now_ms,
            "merge": stored(msgspec.json.encode(merge), key, _about(bookmark_id, number), self._keys),
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(merges).values(**row))
        except IntegrityError:
            if self.count(bookmark_id) < number:
                raise
            return False
        return True

    def count(self, bookmark_id: int) -> int:
        """The number of merges, which is also the number of the newest one."""
        found = select(func.max(merges.c.number)).where(merges.c.bookmark_id == bookmark_id)
        return int(self._connection.execute(found).scalar() or 0)

    def of(self, bookmark_id: int, *, after_version: int = 0) -> Sequence[MergeRow]:
        """Merges of a bookmark, oldest first; those that were made when it had that version, or later."""
        found = (
            select(merges.c.number, merges.c.created_ms, merges.c.merge)
            .where(merges.c.bookmark_id == bookmark_id, merges.c.after_version >= after_version)
            .order_by(merges.c.number)
        )
        return [
            MergeRow(
                number=number,
                created_ms=created_ms,
                merge=decoded(
                    plain(text, _about(bookmark_id, number), self._keys),
                    Merge,
                    "merges",
                    _about(bookmark_id, number),
                ),
            )
            for number, created_ms, text in self._connection.execute(found)
        ]

    def bookmark_ids(self) -> Sequence[int]:
        """Bookmarks that have merges."""
        return list(self._connection.execute(select(merges.c.bookmark_id).distinct()).scalars())

    def drop(self, keys: Collection[str], *, now_ms: int) -> None:
        """Remember that segments are no longer needed: from now on they may be deleted."""
        if keys:
            rows = [{"key": key, "dropped_ms": now_ms} for key in sorted(keys)]
            self._connection.execute(insert(dropped_segments), rows)

    def dropped_before(self, before_ms: int) -> frozenset[str]:
        """The segments that were dropped before an instant."""
        found = select(dropped_segments.c.key).where(dropped_segments.c.dropped_ms < before_ms)
        return frozenset(self._connection.execute(found).scalars())

    def dropped(self, keys: Collection[str]) -> frozenset[str]:
        """Which of these segments were dropped."""
        every = select(dropped_segments.c.key)
        asked = sorted(keys)
        return frozenset(
            key
            for start in range(0, len(asked), _KEYS_AT_ONCE)
            for key in self._connection.execute(
                every.where(dropped_segments.c.key.in_(asked[start : start + _KEYS_AT_ONCE]))
            ).scalars()
        )


def _about(bookmark_id: int, number: int) -> str:
    return f"bookmark {bookmark_id}, merge {number}"
