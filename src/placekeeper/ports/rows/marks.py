"""Marks of single objects, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from placekeeper.model.marks import Mark, MarkKind


class MarkRows(Protocol):
    """The append-only history of marks on objects."""

    def append(self, bookmark_id: int, mark: Mark, *, key: str | None = None) -> None:
        """Insert a mark as the newest, with `key` encrypted."""
        ...

    def of(self, bookmark_id: int) -> Sequence[Mark]:
        """All marks of a bookmark, oldest first. Raises KeyMissing."""
        ...

    def marked_bookmarks(self) -> Mapping[int, str]:
        """The names of live bookmarks that have marks, by their ids."""
        ...

    def count(self, kind: MarkKind, *, run_id: str | None = None) -> int:
        """How many marks of a kind there are, in deleted bookmarks too; with `run_id`, those of a run."""
        ...
