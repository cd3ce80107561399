"""Telling how far a run has come. Implementations are picklable: tasks count too."""

from dataclasses import dataclass
from typing import Protocol

from placekeeper.model.progress import Count, Stage


class Progress(Protocol):
    """Takes in what was done; whoever looks adds it up."""

    def count(self, stage: Stage, more: Count) -> None:
        """So much more was done, or is to be done. Never raises: a run does not fail for being watched."""
        ...


@dataclass(frozen=True)
class _Forgetting:
    def count(self, stage: Stage, more: Count) -> None:
        """Forget it."""


NO_PROGRESS: Progress = _Forgetting()
"""Nobody looks."""
