"""The logins of committed writes to databases: with the password that is stored for them.

Source: docs/reference/database-writes.md.
"""

from collections.abc import Callable

from msgspec.structs import replace

from placekeeper.model.databases import Login
from placekeeper.model.errors import KeyMissing, PlacekeeperError, UsageError
from placekeeper.model.publication import RowsWritten
from placekeeper.ports.keys import Keys
from placekeeper.ports.store import Store
from placekeeper.rules.catalog.connection_secrets import with_all_secrets
from placekeeper.rules.databases.connection_properties import ConnectionFacts, SecretFacts, connection_facts
from placekeeper.rules.databases.jdbc_urls import url_of
from placekeeper.rules.databases.logins import login_from
from placekeeper.rules.jobs.run_ids import short


def about_password(effect: RowsWritten) -> str:
    """What a sealed password is about."""
    return f"password for the write {effect.id} to a database"


class StoredLogins:
    """Gives an effect its login: the sealed password, or what its connection or its secret says now."""

    def __init__(self, store: Store, keys: Keys, secrets: Callable[[str], SecretFacts]) -> None:
        """`secrets` says what a secret holds, by its name, and raises UsageError."""
        self._store = store
        self._keys = keys
        self._secrets = secrets

    def __call__(self, effect: RowsWritten) -> Login:
        """The login with its password. Raises KeyMissing, and OSError if nothing has a login any more."""
        if effect.sealed:
            try:
                password = self._keys.unseal(effect.sealed, about_password(effect)).decode()
            except KeyMissing as error:
                raise KeyMissing(error.key, f"the password of {effect.login.place}") from None
            return replace(effect.login, password=password)
        if not effect.connection and not effect.secret:
            return effect.login
        try:
            return self._anew(effect)
        except PlacekeeperError as error:
            raise OSError(f"run {short(effect.run_id)} writes to {effect.login.place}: {error}") from error

    def _anew(self, effect: RowsWritten) -> Login:
        """The same database by what the connection or the secret says now: they may have changed."""
        connection = self._facts(effect) if effect.connection else None
        name = effect.secret or ("" if connection is None else connection.secret)
        secret = self._secrets(name) if name else SecretFacts()
        known = effect.login
        said = {"user": known.user} if "user" in effect.own else {}
        if connection is None or "url" in effect.own:
            said["url"] = url_of(known)
        found = login_from(
            said, "jdbc", connection=connection, secret=secret, parameters={}, needs_database=False
        )
        if found.product != known.product:
            raise UsageError(f"the connection {effect.connection} is to {found.place} now")
        return replace(known, host=found.host, port=found.port, user=found.user, password=found.password)

    def _facts(self, effect: RowsWritten) -> ConnectionFacts:
        with self._store.read() as tx:
            found = tx.connections.get(effect.connection, with_secrets=True)
        if found is None:
            raise OSError(
                f"the connection {effect.connection}, by which run {short(effect.run_id)} writes to "
                f"{effect.login.place}, is not in the Data Catalog any more: put it back"
            )
        return connection_facts({**with_all_secrets(found.spec, found.secrets), "Name": effect.connection})
