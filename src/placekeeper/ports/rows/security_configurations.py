"""Security configurations, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Sequence
from typing import Protocol

from placekeeper.model.security import SecurityConfiguration


class SecurityConfigurationRows(Protocol):
    """Security configurations."""

    def insert(self, configuration: SecurityConfiguration) -> None:
        """Raises AlreadyExistsException."""
        ...

    def get(self, name: str) -> SecurityConfiguration | None: ...

    def page(self, *, after: str | None, limit: int) -> Sequence[SecurityConfiguration]:
        """Security configurations by name, those after `after`."""
        ...

    def delete(self, name: str) -> bool:
        """Whether there was one."""
        ...
