"""Telling how far a run has come. Implementations are picklable: tasks count too."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from placekeeper.model.progress import Count, Reads, Stage


class Progress(Protocol):
    """Takes in what was done; whoever looks adds it up."""

    def count(self, stage: Stage, more: Count) -> None:
        """So much more was done, or is to be done. Never raises: a run does not fail for being watched."""
        ...

    def of_source(self, number: int) -> "Progress":
        """The same for one source of the run, by its number from 0."""
        ...

    def reads(self) -> Mapping[int, Reads]:
        """What tasks have read so far of each source, by its number; nothing of those that nobody counts."""
        ...


class Counts(Protocol):
    """What the processes of a run count, for those who follow it."""

    @property
    def is_there(self) -> bool:
        """Whether anything was counted, and the run has not ended."""
        ...

    def new(self) -> Iterator[tuple[Stage, Count]]:
        """What was counted since the last call, in that order."""
        ...


class _Forgetting:
    def count(self, stage: Stage, more: Count) -> None:
        """Forget it."""

    def of_source(self, number: int) -> "Progress":
        """The same."""
        del number
        return self

    def reads(self) -> Mapping[int, Reads]:
        """Nothing."""
        return {}


NO_PROGRESS: Progress = _Forgetting()
"""Nobody looks."""
