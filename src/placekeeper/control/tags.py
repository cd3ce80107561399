"""Tags of resources: get, add, remove (docs/reference/operations.md#tags)."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from placekeeper.model.errors import EntityNotFoundException
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.tags import (
    NUL,
    connection_resource,
    crawler_resource,
    database_resource,
    job_resource,
    resource_in_database,
    resource_of,
    with_tags,
)

Lookup = Callable[[Transaction, str], str | None]
"""The resource of what has the name that an ARN ends with; None if there is none."""


def _job(tx: Transaction, name: str) -> str | None:
    return job_resource(name) if tx.jobs.exists(name) else None


def _connection(tx: Transaction, name: str) -> str | None:
    known = tx.connections.get(name, with_secrets=False)
    return connection_resource(name) if known else None


def _crawler(tx: Transaction, name: str) -> str | None:
    return crawler_resource(name) if tx.crawlers.get(name) else None


def _database(tx: Transaction, name: str) -> str | None:
    return database_resource(name) if tx.databases.get(name.lower()) else None


def _table(tx: Transaction, name: str) -> str | None:
    database, _, table = name.partition("/")
    known = tx.tables.get(database.lower(), table.lower())
    return resource_in_database("table", database, table) if known else None


def _function(tx: Transaction, name: str) -> str | None:
    database, _, function = name.partition("/")
    known = tx.functions.get(database.lower(), function)
    return resource_in_database("userDefinedFunction", database, function) if known else None


KINDS: Mapping[str, Lookup] = MappingProxyType(
    {
        "connection": _connection,
        "crawler": _crawler,
        "database": _database,
        "job": _job,
        "table": _table,
        "userDefinedFunction": _function,
    }
)
"""How a resource that has tags is found, by the word for its kind in ARNs."""


class Tags:
    """The use cases of tags. Each raises EntityNotFoundException for an unknown resource."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, arn: str) -> dict[str, str]:
        """The tags of a resource."""
        with self._store.read() as tx:
            return tx.tags.of(_found(tx, arn))

    def add(self, arn: str, added: Mapping[str, str]) -> None:
        """Add tags. Raises InvalidInputException for reserved keys and too many tags."""
        with self._store.write() as tx:
            resource = _found(tx, arn)
            with_tags(tx.tags.of(resource), added)
            tx.tags.put(resource, added)

    def remove(self, arn: str, keys: Collection[str]) -> None:
        """Remove tags; a missing key is not an error."""
        with self._store.write() as tx:
            resource = _found(tx, arn)
            tx.tags.remove(resource, [key for key in keys if NUL not in key])


def _found(tx: Transaction, arn: str) -> str:
    named = resource_of(arn)
    lookup = KINDS.get(named.kind)
    resource = None if lookup is None else lookup(tx, named.name)
    if resource is None:
        raise EntityNotFoundException(f"Resource {arn} not found.")
    return resource
