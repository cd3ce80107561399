"""The record of a state: facts about its database, kept outside of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from placekeeper.model.record import Known, Note, Recorded, RecordHead


class Record(Protocol):
    """A small file beside the segments, to which lines are only added."""

    def read(self) -> Recorded | None:
        """The whole record; None if there is none. Raises StateNotWhole for a damaged one."""
        ...

    def note(self, notes: Sequence[Note]) -> None:
        """Add lines durably. If they cannot be written, this reports it and writes them with the next ones: a
        record that says less than the database does no harm."""
        ...

    def create(self, head: RecordHead, notes: Iterable[Note]) -> Recorded:
        """Create the record durably, and return it; if another process was faster, return that one."""
        ...

    def replace(self, head: RecordHead, notes: Iterable[Note]) -> None:
        """Replace the record durably."""
        ...


class NoRecord:
    """The record of a state without one; for tests of other things."""

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
    """The counterpart of the record in the database: its state's id, and the facts that a record repeats."""

    def state_id(self) -> str | None:
        """The id of the state that the database belongs to; None for a database that has no id yet."""
        ...

    def identify(self, state_id: str) -> None:
        """Give the database the id of its state."""
        ...

    def notes(self) -> Sequence[Note]:
        """The notes for the record of this database: the newest version and mark of each bookmark, the
        deleted bookmarks, and the newest run that published without a version."""
        ...

    def live(self) -> Mapping[int, str]:
        """The names of the bookmarks that are not deleted, by their ids."""
        ...

    def newest(self, bookmark_id: int) -> Note | None:
        """The newest version of a bookmark that changes its state."""
        ...

    def known(self, recorded: Recorded | None, runs: Collection[str]) -> Known:
        """The facts of the record that the database knows, and those of `runs` that it knows."""
        ...
