"""Connections, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Callable
from typing import Any, Protocol

from placekeeper.model.connections import Connection
from placekeeper.model.page import Page


class ConnectionRows(Protocol):
    """Connections. Their secrets are stored encrypted if there is a key for that."""

    def insert(self, connection: Connection) -> None:
        """Raises AlreadyExistsException."""
        ...

    def get(self, name: str, *, with_secrets: bool) -> Connection | None:
        """Raises KeyMissing if the secrets are wanted and their key is not there."""
        ...

    def replace(self, connection: Connection) -> bool:
        """Whether there was one."""
        ...

    def delete(self, name: str) -> bool:
        """Whether there was one."""
        ...

    def page(
        self,
        *,
        after: str | None,
        limit: int,
        where: Callable[[dict[str, Any]], bool],
        with_secrets: bool,
    ) -> Page[Connection]:
        """Connections by name, those after `after` for whose spec `where` is true, until the page is full.

        Raises KeyMissing as `get`.
        """
        ...
