"""Job definitions, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from placekeeper.model.jobs import Job
from placekeeper.model.page import Page


class JobRows(Protocol):
    """Job definitions."""

    def insert(self, job: Job) -> None:
        """Raises AlreadyExistsException."""
        ...

    def get(self, name: str) -> Job | None: ...

    def exists(self, name: str) -> bool: ...

    def replace(self, job: Job) -> bool:
        """Replace the definition of that name; False if there is none."""
        ...

    def page(self, *, after: str | None, limit: int) -> Page[Job]:
        """Jobs by name, those after `after`, until the page is full."""
        ...

    def named(self, names: Sequence[str]) -> Page[Job]:
        """The jobs of these names, by name, until the page is full."""
        ...

    def names(self, *, tagged: Mapping[str, str], after: str | None, limit: int) -> Sequence[str]:
        """Names of jobs in their order, those after `after`, of jobs that have all of these tags."""
        ...

    def delete(self, name: str) -> bool:
        """Whether there was one."""
        ...
