"""Merges of the ledger's segments, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Collection, Sequence
from typing import Protocol

from placekeeper.model.segments import Merge, MergeRow


class MergeRows(Protocol):
    """The append-only history of merges, and of segments that they made superfluous."""

    def append(
        self, bookmark_id: int, number: int, merge: Merge, *, now_ms: int, key: str | None = None
    ) -> bool:
        """Insert a merge, encrypted with `key` if given; False if another process has taken that number."""
        ...

    def count(self, bookmark_id: int) -> int:
        """How many merges there are, which is also the number of the newest."""
        ...

    def of(self, bookmark_id: int, *, after_version: int = 0) -> Sequence[MergeRow]:
        """Merges of a bookmark, oldest first, that were made when it had that version or a later one.

        Raises KeyMissing.
        """
        ...

    def bookmark_ids(self) -> Sequence[int]:
        """Bookmarks that have merges."""
        ...

    def drop(self, keys: Collection[str], *, now_ms: int) -> None:
        """Mark segments as no longer needed; from now on they may be deleted."""
        ...

    def dropped(self, keys: Collection[str]) -> frozenset[str]:
        """Which of these segments were dropped."""
        ...

    def dropped_before(self, before_ms: int) -> frozenset[str]:
        """The segments that were dropped before an instant."""
        ...
