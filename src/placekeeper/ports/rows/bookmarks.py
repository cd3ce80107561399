"""The bookmark history, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from placekeeper.model.bookmark import BookmarkState, BookmarkVersion


class BookmarkRows(Protocol):
    """The append-only history of bookmarks."""

    def live_id(self, name: str) -> int | None:
        """The id of the live bookmark of that name."""
        ...

    def create(self, name: str, *, now_ms: int) -> int:
        """The id of the live bookmark of that name, which is created if there is none."""
        ...

    def mark_deleted(self, name: str, *, now_ms: int) -> None:
        """End the live bookmark of that name; its history stays."""
        ...

    def append(
        self,
        bookmark_id: int,
        version: BookmarkVersion,
        *,
        state: BookmarkState | None = None,
        job_bookmark: str | None = None,
        key: str | None = None,
    ) -> None:
        """Insert one version, with state and AWS's string when it is a commit; with `key`, both encrypted.

        Raises VersionMismatchException if that version exists: the primary key is the lock. Every method that
        returns a state, a string or segments raises KeyMissing if it cannot decrypt them.
        """
        ...

    def newest(self, bookmark_id: int) -> BookmarkVersion | None:
        """The newest version, whatever made it."""
        ...

    def at(self, bookmark_id: int, version: int) -> BookmarkVersion | None:
        """One version."""
        ...

    def newest_entry(self, name: str) -> tuple[BookmarkVersion, str] | None:
        """The newest version of the live bookmark except opens, and AWS's string, in one statement."""
        ...

    def entry_of_run(self, name: str, run_id: str) -> tuple[BookmarkVersion, str] | None:
        """The version that a run committed, and AWS's string; None if that was taken back."""
        ...

    def last_of_run(self, bookmark_id: int, run_id: str) -> BookmarkVersion | None:
        """The newest version that a run made: its open, its commit, or the revert of its commit."""
        ...

    def has_commit_of(self, run_id: str) -> bool:
        """Whether a run has committed a version of any bookmark."""
        ...

    def history(self, bookmark_id: int) -> Sequence[BookmarkVersion]:
        """All versions, newest first."""
        ...

    def state(self, bookmark_id: int, version: int | None) -> BookmarkState:
        """The state that the commit `version` stored, with merged segments in the place of its own; the empty
        state for None."""
        ...

    def stored_states(self, bookmark_id: int) -> Iterator[tuple[int, BookmarkState]]:
        """Every commit and the state that it stored, its segments as they were then."""
        ...

    def all(self) -> Mapping[int, int | None]:
        """Every bookmark by its id: when it was deleted, None while it lives."""
        ...

    def newest_versions(self) -> Mapping[int, int]:
        """The newest version of every live bookmark, by its id."""
        ...

    def names(self) -> Sequence[str]:
        """The names of the live bookmarks that have a version, in their order."""
        ...

    def turns(self, bookmark_id: int, between: tuple[int, int]) -> Sequence[int]:
        """The versions of a range that are neither opens nor commits, such as resets and rewinds."""
        ...

    def newest_before(self, bookmark_id: int, ms: int) -> int:
        """The newest version that was made before an instant, 0 when there is none."""
        ...

    def segment_keys(self, *, dropped_before_ms: int) -> frozenset[str]:
        """The key of every segment that any version or merge points at, without those dropped by then."""
        ...
