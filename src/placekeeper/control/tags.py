"""Tags of resources: get, add, remove (docs/reference/operations.md#tags)."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Protocol

from placekeeper.model.errors import EntityNotFoundException
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.tags import NUL, Resource, resource_of, with_tags


class Named(Protocol):
    """Rows that have names."""

    def exists(self, name: str) -> bool:
        """Whether there is one of that name."""
        ...


KINDS: Mapping[str, Callable[[Transaction], Named]] = MappingProxyType({"job": lambda tx: tx.jobs})
"""The rows of each kind of resource that has tags, by the word for the kind in ARNs."""


class Tags:
    """The use cases of tags. Each raises EntityNotFoundException for an unknown resource."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, arn: str) -> dict[str, str]:
        """The tags of a resource."""
        with self._store.read() as tx:
            return tx.tags.of(str(_found(tx, arn)))

    def add(self, arn: str, added: Mapping[str, str]) -> None:
        """Add tags. Raises InvalidInputException for reserved keys and too many tags."""
        with self._store.write() as tx:
            resource = str(_found(tx, arn))
            with_tags(tx.tags.of(resource), added)
            tx.tags.put(resource, added)

    def remove(self, arn: str, keys: Collection[str]) -> None:
        """Remove tags; a missing key is not an error."""
        with self._store.write() as tx:
            resource = str(_found(tx, arn))
            tx.tags.remove(resource, [key for key in keys if NUL not in key])


def _found(tx: Transaction, arn: str) -> Resource:
    resource = resource_of(arn)
    rows = KINDS.get(resource.kind)
    if rows is None or not rows(tx).exists(resource.name):
        raise EntityNotFoundException(f"Resource {arn} not found.")
    return resource
