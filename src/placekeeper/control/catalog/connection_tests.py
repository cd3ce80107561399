"""Whether a connection works: by connecting as a run would.

Source: docs/reference/operations.md#tests-of-connections.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from placekeeper.control.catalog.secret_values import without_secrets
from placekeeper.model.databases import Login
from placekeeper.model.errors import (
    DatabaseFailed,
    FederationSourceException,
    InvalidInputException,
    MissingExtra,
    UnsupportedFeature,
    UsageError,
)
from placekeeper.rules.databases.connection_properties import SecretFacts, connection_facts
from placekeeper.rules.databases.logins import login_from


class ConnectionTest(Struct, frozen=True):
    """Connects to databases. `secrets` says what a secret holds, and raises UsageError.

    `connect` connects once, and raises DatabaseFailed, MissingExtra, UsageError and UnsupportedFeature.
    """

    secrets: Callable[[str], SecretFacts]
    connect: Callable[[Login], None]

    def run(self, name: str, connection: Mapping[str, Any]) -> None:
        """Connect by a connection with all of its secrets.

        Raises FederationSourceException with what the database says, InvalidInputException where its driver
        is not installed, UsageError for a connection that does not say enough, UnsupportedFeature for one to
        something else than a database, and what `connect` raises. No text has a secret.
        """
        facts = connection_facts({**connection, "Name": name})
        secret = self.secrets(facts.secret) if facts.secret else None
        login: Login | None = None

        def shown(error: Exception) -> str:
            return without_secrets(str(error), facts, secret or SecretFacts(), login)

        try:
            login = login_from(
                {}, "jdbc", connection=facts, secret=secret, parameters={}, needs_database=False
            )
            self.connect(login)
        except DatabaseFailed as error:
            raise FederationSourceException(shown(error), error.cause) from None
        except MissingExtra as error:  # a fault of the server would be tried again
            raise InvalidInputException(str(error)) from error
        except UsageError as error:
            raise UsageError(shown(error)) from None
        except UnsupportedFeature as error:
            raise UnsupportedFeature(shown(error), extra=error.extra) from None
