"""Connections: create, get, list, update, delete (docs/reference/operations.md#connections).

Runs and crawls connect by them, and the server where it is asked to test them. Their secrets are apart from
the rest, so that they reach nobody who did not ask for them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from placekeeper.control.catalog.connection_tests import ConnectionTest
from placekeeper.model.connections import Connection, ConnectionTold
from placekeeper.model.errors import EntityNotFoundException, InvalidInputException
from placekeeper.model.page import Page
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store
from placekeeper.rules.catalog.connection_secrets import schema_version, with_all_secrets, without_secrets
from placekeeper.rules.databases.connection_faults import connection_fault
from placekeeper.rules.tags import connection_resource, with_tags

Spec = Mapping[str, Any]
"""ConnectionInput, as it was sent."""


class Connections:
    """The use cases of connections."""

    def __init__(self, store: Store, clock: Clock, test: ConnectionTest) -> None:
        self._store = store
        self._clock = clock
        self._test = test

    def create(self, spec: Spec, tags: Mapping[str, str], *, validates: bool = False) -> None:
        """Keep a connection; with `validates`, only one that connects.

        Raises AlreadyExistsException, InvalidInputException for what the rules of tags refuse and for an
        address that cannot work, and as ConnectionTest.run.
        """
        checked = with_tags({}, tags)
        self._check(spec, validates=validates)
        now_ms = self._clock.now_ms()
        made = _connection(spec, created_ms=now_ms, modified_ms=now_ms)
        with self._store.write() as tx:
            tx.connections.insert(made)
            tx.tags.put(connection_resource(made.name), checked)

    def get(self, name: str, *, with_secrets: bool) -> Connection:
        """Raises EntityNotFoundException, and KeyMissing if the secrets are wanted and cannot be read."""
        with self._store.read() as tx:
            found = tx.connections.get(name, with_secrets=with_secrets)
        if found is None:
            raise _no_connection(name)
        return found

    def told(self, name: str) -> ConnectionTold:
        """A connection with all of its secrets, for a run that connects by it. Raises as `get`."""
        found = self.get(name, with_secrets=True)
        return ConnectionTold(spec=with_all_secrets(found.spec, found.secrets) | {"Name": found.name})

    def page(
        self,
        *,
        criteria: Sequence[str],
        type: str | None,
        version: int | None,
        after: str | None,
        limit: int,
        with_secrets: bool,
    ) -> Page[Connection]:
        """Connections by name, those after `after`, of this type and version of the schema,
        that have all criteria.

        Raises KeyMissing as `get`.
        """

        def is_meant(spec: dict[str, Any]) -> bool:
            has_all = set(criteria) <= set(spec.get("MatchCriteria", ()))
            has_version = version in (None, schema_version(spec))
            return has_all and has_version and type in (None, spec["ConnectionType"])

        with self._store.read() as tx:
            return tx.connections.page(after=after, limit=limit, where=is_meant, with_secrets=with_secrets)

    def update(self, name: str, spec: Spec, *, validates: bool = False) -> None:
        """Overwrite a connection, its secrets too. Raises EntityNotFoundException, InvalidInputException for
        another name (our inference: AWS does not say), and as `create`."""
        if spec["Name"] != name:
            raise InvalidInputException(
                f"A connection cannot be renamed ({name} to {spec['Name']}): create a new one instead."
            )
        self._check(spec, validates=validates)
        with self._store.write() as tx:
            known = tx.connections.get(name, with_secrets=False)
            if known is None:
                raise _no_connection(name)
            now_ms = self._clock.now_ms()
            tx.connections.replace(_connection(spec, created_ms=known.created_ms, modified_ms=now_ms))

    def delete(self, name: str) -> None:
        """Delete a connection and its tags. Raises EntityNotFoundException."""
        with self._store.write() as tx:
            if not tx.connections.delete(name):
                raise _no_connection(name)
            tx.tags.drop(connection_resource(name))

    def delete_many(self, names: Sequence[str]) -> tuple[list[str], dict[str, EntityNotFoundException]]:
        """Delete connections independently: the names that are gone, and why others are not."""
        done: list[str] = []
        failures: dict[str, EntityNotFoundException] = {}
        for name in dict.fromkeys(names):
            try:
                self.delete(name)
            except EntityNotFoundException as error:
                failures[name] = error
            else:
                done.append(name)
        return done, failures

    def test(self, name: str | None, given: Spec | None) -> None:
        """Connect by the connection of a name, or by a TestConnectionInput, which is not kept.

        Raises EntityNotFoundException, KeyMissing, InvalidInputException for both or none, and as
        ConnectionTest.run.
        """
        if (name is None) == (given is None):
            raise InvalidInputException("Give either ConnectionName or TestConnectionInput.")
        if given is not None:
            self._test.run(_INPUT, given)
        else:
            self._test.run(str(name), self.told(str(name)).spec)

    def _check(self, spec: Spec, *, validates: bool) -> None:
        if fault := connection_fault(spec):
            raise InvalidInputException(fault)
        if validates:
            self._test.run(str(spec["Name"]), spec)


_INPUT: Final = "in TestConnectionInput"


def _connection(spec: Spec, *, created_ms: int, modified_ms: int) -> Connection:
    clear, secrets = without_secrets(spec)
    return Connection(
        name=str(spec["Name"]), spec=clear, secrets=secrets, created_ms=created_ms, modified_ms=modified_ms
    )


def _no_connection(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Connection {name} not found.")
