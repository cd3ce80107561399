"""Tags of resources, as rows of the state's SQL; see ports/store.py."""

from collections.abc import Collection, Mapping
from typing import Protocol


class TagRows(Protocol):
    """Tags of resources. A resource is named by the last part of its ARN."""

    def of(self, resource: str) -> dict[str, str]:
        """The tags of a resource."""
        ...

    def put(self, resource: str, added: Mapping[str, str]) -> None:
        """Add tags; one of the same key is replaced."""
        ...

    def remove(self, resource: str, keys: Collection[str]) -> None:
        """Remove tags; a missing key is not an error."""
        ...

    def drop(self, resource: str) -> None:
        """Remove all tags of a resource."""
        ...

    def drop_below(self, begin: str) -> None:
        """Remove all tags of the resources that begin like this; `begin` ends with a slash."""
        ...
