"""Security configurations: create, get, list, delete, and the key that one of them gives to bookmarks.

Encryption on S3 and in CloudWatch is only stored and shown; that of bookmarks is applied
(docs/reference/encryption.md#rules).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from placekeeper.model.errors import EntityNotFoundException, InvalidInputException, KeyMissing
from placekeeper.model.security import SecurityConfiguration
from placekeeper.ports.clock import Clock
from placekeeper.ports.keys import Keys
from placekeeper.ports.store import Store, Transaction


class SecurityConfigurations:
    """The use cases of security configurations."""

    def __init__(self, store: Store, clock: Clock, keys: Keys) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys

    def create(self, name: str, spec: dict[str, Any]) -> SecurityConfiguration:
        """Create a security configuration; `spec` is EncryptionConfiguration.

        Raises AlreadyExistsException, and InvalidInputException for encryption of bookmarks with a key that
        is not configured, because it would have no effect.
        """
        made = SecurityConfiguration(name=name, spec=spec, created_ms=self._clock.now_ms())
        if made.encrypts_bookmarks and not self._keys.has(made.bookmark_key):
            raise InvalidInputException(
                f"JobBookmarksEncryptionMode CSE-KMS needs a key, but this server does not have the key "
                f"'{made.bookmark_key}' (KmsKeyArn). "
                'Put {"' + (made.bookmark_key or "KmsKeyArn") + '": "…"} with 32 random '
                "bytes in base64 into a file that only you can read, name it in PLACEKEEPER_ENCRYPTION_KEYS, "
                "and start the server again. Without the key, the bookmarks are lost: keep a copy."
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
        """Delete one; jobs that name it can no longer start. Raises EntityNotFoundException."""
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


def bookmark_key(tx: Transaction, spec: Mapping[str, Any], keys: Keys) -> str | None:
    """The name of the key with which a run's bookmark is encrypted; None if it is not.

    Raises InvalidInputException if the security configuration is gone, KeyMissing if its key is.
    """
    configuration = configuration_of(tx, spec)
    if configuration is None or not configuration.encrypts_bookmarks:
        return None
    if not keys.has(configuration.bookmark_key):
        raise KeyMissing(configuration.bookmark_key)
    return configuration.bookmark_key


def _no_configuration(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Security configuration with name: {name} not found.")
