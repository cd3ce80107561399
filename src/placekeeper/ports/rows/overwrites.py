"""Folders that runs overwrite, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Collection, Sequence
from typing import Protocol


class OverwriteRows(Protocol):
    """Which run overwrites which folder now; those of ended runs mean nothing any more."""

    def add(self, run_id: str, folders: Sequence[str]) -> None:
        """A run overwrites folders; twice is once."""
        ...

    def of_others(self, run_id: str) -> Sequence[tuple[str, str]]:
        """The ids of other runs, each with a folder."""
        ...

    def release(self, run_id: str, folders: Sequence[str]) -> None:
        """A run does not overwrite these folders any more."""
        ...

    def drop(self, run_ids: Collection[str]) -> None:
        """Runs overwrite nothing any more."""
        ...
