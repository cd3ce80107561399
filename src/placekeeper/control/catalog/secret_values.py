"""What may not be in a text about a connection: its passwords, and what its secret says beside the server.

Source: docs/reference/operations.md#passwords-of-connections.
"""

import re
from collections.abc import Iterator
from typing import Final

from placekeeper.model.databases import Login
from placekeeper.rules.databases.connection_properties import ConnectionFacts, SecretFacts
from placekeeper.rules.jobs.secret_texts import masked, secrets_of_script

_TOLD: Final = frozenset(
    {"username", "user", "sfuser", "engine", "host", "port", "dbname", "database", "sfdatabase"}
)
"""Members of a secret that say where the database is and who asks, as texts do."""

_ENDS: Final = re.compile(r"[\s/?#@:;&=,\\]+")
"""What ends a part of a URL: a value with one of them may be told in parts."""


def without_secrets(text: str, facts: ConnectionFacts, secret: SecretFacts, login: Login | None) -> str:
    """A text about a connection, without its secrets; `login` is what it says, if it says one."""
    return masked(text, frozenset(_spellings(facts, secret, login)))


def _spellings(facts: ConnectionFacts, secret: SecretFacts, login: Login | None) -> Iterator[str]:
    values = [facts.password, secret.password, *secrets_of_script(repr(facts.url))]  # which may be overruled
    values += (value for name, value in secret.own.items() if name.lower() not in _TOLD)
    if login is not None:
        values.append(login.password)
        values += (value for name, value in login.parameters.items() if "password" in name.lower())
    for value in values:
        for piece in {value, *_ENDS.split(value)}:
            if piece.strip():
                yield from (piece, piece.lower(), piece.upper())  # a driver may change the case of a host
