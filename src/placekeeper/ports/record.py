"""The record of a state: what must be known of its database without it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from placekeeper.model.record import Known, Note, Recorded, RecordHead


class Record(Protocol):
    """A small file beside the segments, to which lines are only added."""

    def read(self) -> Recorded | None:
        """All that it says, None where there is none. Raises StateNotWhole for one that is damaged."""
        ...

    def note(self, notes: Sequence[Note]) -> None:
        """Add lines durably. What cannot be written is told, and written with the next ones: a record that
        says less than the database is no harm."""
        ...

    def create(self, head: RecordHead, notes: Iterable[Note]) -> Recorded:
        """Make it, durably; where somebody has made one meanwhile, that one counts."""
        ...

    def replace(self, head: RecordHead, notes: Iterable[Note]) -> None:
        """Put another in its place, durably."""
        ...


class NoRecord:
    """A state that keeps none; for tests of other things."""

    def read(self) -> Recorded | None:
        """None."""
        return None

    def note(self, notes: Sequence[Note]) -> None:
        """Nothing."""

    def create(self, head: RecordHead, notes: Iterable[Note]) -> Recorded:
        """What is asked for."""
        return Recorded(head, tuple(notes))

    def replace(self, head: RecordHead, notes: Iterable[Note]) -> None:
        """Nothing."""


class RecordRows(Protocol):
    """The same in the database: which state it is, and what it knows of what a record says."""

    def state_id(self) -> str | None:
        """The state that the database belongs to, None for one that was never asked."""
        ...

    def identify(self, state_id: str) -> None:
        """Make it the database of that state."""
        ...

    def notes(self) -> Sequence[Note]:
        """What the record of this database has to say: the newest version and mark of each bookmark,
        which were deleted, and the newest run that published without a version."""
        ...

    def live(self) -> Mapping[int, str]:
        """The names of the bookmarks that are not deleted, by their ids."""
        ...

    def newest(self, bookmark_id: int) -> Note | None:
        """The newest version of a bookmark that changes its state."""
        ...

    def known(self, recorded: Recorded | None, runs: Collection[str]) -> Known:
        """What the database knows of what the record says, and which of these runs."""
        ...
