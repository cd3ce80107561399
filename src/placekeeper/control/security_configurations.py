"""Security configurations: create, get, list, delete. They are stored and shown; what they would encrypt is
written where Placekeeper writes nothing (glue-api.md §2; docs/compatibility.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

from placekeeper.model.errors import EntityNotFoundException, InvalidInputException
from placekeeper.model.security import SecurityConfiguration
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction


class SecurityConfigurations:
    """All that is done with security configurations."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, name: str, spec: dict[str, Any]) -> SecurityConfiguration:
        """Define one; `spec` is EncryptionConfiguration.

        Raises AlreadyExistsException, and InvalidInputException for encryption of bookmarks, which is
        refused rather than accepted without effect.
        """
        made = SecurityConfiguration(name=name, spec=spec, created_ms=self._clock.now_ms())
        if made.encrypts_bookmarks:
            raise InvalidInputException(
                "JobBookmarksEncryptionMode CSE-KMS is not there yet: bookmarks are stored as they are. "
                "Set it to DISABLED, and protect the state's folder by the encryption of its disk."
            )
        with self._store.write() as tx:
            tx.security_configurations.insert(made)
        return made

    def get(self, name: str) -> SecurityConfiguration:
        """Raises EntityNotFoundException."""
        with self._store.read() as tx:
            found = tx.security_configurations.get(name)
        if found is None:
            raise _no_configuration(name)
        return found

    def page(self, *, after: str | None, limit: int) -> Sequence[SecurityConfiguration]:
        """Security configurations by name, those after `after`."""
        with self._store.read() as tx:
            return tx.security_configurations.page(after=after, limit=limit)

    def delete(self, name: str) -> None:
        """Delete one; jobs that name it cannot be started from then on. Raises EntityNotFoundException."""
        with self._store.write() as tx:
            if not tx.security_configurations.delete(name):
                raise _no_configuration(name)


def configuration_of(tx: Transaction, spec: Mapping[str, Any]) -> SecurityConfiguration | None:
    """The security configuration that a definition names; None when it names none.

    Raises InvalidInputException when it does not exist. CreateJob declares no EntityNotFoundException, and
    at UpdateJob and StartJobRun clients read that as "there is no such job" (our inference).
    """
    name = spec.get("SecurityConfiguration")
    if not name:
        return None
    found = tx.security_configurations.get(name)
    if found is None:
        raise InvalidInputException(
            f"Security configuration {name} does not exist: create it first (CreateSecurityConfiguration), "
            "or leave SecurityConfiguration out."
        )
    return found


def _no_configuration(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Security configuration with name: {name} not found.")
