"""The logins of committed writes to databases: with the password that is stored for them.

Source: docs/reference/databases.md#writing.
"""

from collections.abc import Callable

from msgspec.structs import replace

from placekeeper.model.databases import Login
from placekeeper.model.errors import KeyMissing, UsageError
from placekeeper.model.publication import RowsWritten
from placekeeper.ports.keys import Keys
from placekeeper.ports.store import Store


def about_password(effect: RowsWritten) -> str:
    """What a sealed password is about."""
    return f"password for the write {effect.id} to a database"


class StoredLogins:
    """Gives an effect its password: the sealed one, or that of its connection in the catalog."""

    def __init__(self, store: Store, keys: Keys, secrets: Callable[[str], str]) -> None:
        """`secrets` gives the password of a secret by its name, and raises UsageError."""
        self._store = store
        self._keys = keys
        self._secrets = secrets

    def __call__(self, effect: RowsWritten) -> Login:
        """The login with its password. Raises KeyMissing, and OSError if the connection has none any more."""
        if effect.sealed:
            try:
                password = self._keys.unseal(effect.sealed, about_password(effect)).decode()
            except KeyMissing as error:
                raise KeyMissing(error.key, f"the password of {effect.login.place}") from None
            return replace(effect.login, password=password)
        if effect.secret:
            try:
                return replace(effect.login, password=self._secrets(effect.secret))
            except UsageError as error:
                raise OSError(str(error)) from error
        if effect.connection:
            return replace(effect.login, password=self._of_connection(effect))
        return effect.login

    def _of_connection(self, effect: RowsWritten) -> str:
        with self._store.read() as tx:
            found = tx.connections.get(effect.connection, with_secrets=True)
        properties = {} if found is None else found.secrets.get("ConnectionProperties", {})
        if "PASSWORD" not in properties:
            raise OSError(
                f"the connection {effect.connection}, by which run {effect.run_id} writes to "
                f"{effect.login.place}, has no password any more: put it back"
            )
        return str(properties["PASSWORD"])
