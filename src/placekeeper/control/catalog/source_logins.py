"""The logins of sources that a bookmark remembers: by the connection or the secret that the script named.

Source: docs/reference/database-bookmarks.md#plans-of-databases.
"""

from collections.abc import Callable

from msgspec.structs import replace

from placekeeper.model.databases import Login
from placekeeper.model.errors import EntityNotFoundException, UnsupportedFeature, UsageError
from placekeeper.model.source import DatabaseSource
from placekeeper.ports.store import Store
from placekeeper.rules.catalog.connection_secrets import with_all_secrets
from placekeeper.rules.databases.connection_properties import ConnectionFacts, SecretFacts, connection_facts
from placekeeper.rules.databases.logins import login_from


class SourceLogins:
    """Gives a source its login again. `secrets` says what a secret holds, and raises UsageError."""

    def __init__(self, store: Store, secrets: Callable[[str], SecretFacts]) -> None:
        self._store = store
        self._secrets = secrets

    def __call__(self, source: DatabaseSource) -> Login:
        """The login. Raises UnsupportedFeature where only the script knows it.

        Raises EntityNotFoundException for a connection that is gone, UsageError for a secret that is, and
        where the connection leads to another database now.
        """
        product, _, rest = source.place.partition(":")
        server, _, database = rest.rpartition("/")
        if not rest.startswith("//"):
            return Login(product=product, database=rest)  # a file, which asks nobody who comes
        if not source.connection and not source.secret:
            raise UnsupportedFeature(
                f"only the script knows user and password of {source.place}, where {source.name} is. Name a "
                "connection (connectionName) or a secret (secretId) in the script's read instead"
            )
        connection = self._facts(source.connection) if source.connection else None
        secret_name = source.secret or ("" if connection is None else connection.secret)
        secret = self._secrets(secret_name) if secret_name else SecretFacts()
        said = {} if connection is not None else {"url": f"jdbc:{product}:{server}/{database}"}
        login = login_from(
            said, "jdbc", connection=connection, secret=secret, parameters={}, needs_database=False
        )
        login = replace(login, database=database)
        if login.place != source.place:
            raise UsageError(
                f"{source.name} was read from {source.place}, and its connection leads to {login.place} now"
            )
        return login

    def _facts(self, name: str) -> ConnectionFacts:
        with self._store.read() as tx:
            found = tx.connections.get(name, with_secrets=True)
        if found is None:
            raise EntityNotFoundException(f"the connection {name} is not in the Data Catalog any more")
        return connection_facts({**with_all_secrets(found.spec, found.secrets), "Name": name})
