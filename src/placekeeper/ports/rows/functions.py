"""User-defined functions, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Callable
from typing import Protocol

from placekeeper.model.catalog import Function
from placekeeper.model.page import Page

FunctionKey = tuple[str, str]
"""A database and the name of a function, in lower case: functions are listed in this order."""


class FunctionRows(Protocol):
    """Functions. They go away with their database."""

    def insert(self, function: Function) -> None:
        """Raises AlreadyExistsException. The database must exist."""
        ...

    def get(self, database: str, name: str) -> Function | None: ...

    def replace(self, function: Function) -> bool:
        """Whether there was one."""
        ...

    def delete(self, database: str, name: str) -> bool:
        """Whether there was one."""
        ...

    def page(
        self,
        database: str | None,
        *,
        after: FunctionKey | None,
        limit: int,
        where: Callable[[Function], bool],
    ) -> Page[Function]:
        """Functions of a database, or of all, those after `after` for which `where` is true, until the page
        is full."""
        ...
