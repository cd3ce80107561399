"""Parameters of JDBC URLs that no driver here is told of.

Source: docs/reference/databases.md#parameters-of-urls.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from placekeeper.model.databases import Login

_OF_LIBPQ: Final = frozenset({"ssl", "sslmode", "sslrootcert", "sslcert", "sslkey", "currentschema"})
_OF_MYSQL: Final = frozenset(
    {"sslmode", "usessl", "requiressl", "verifyservercertificate", "serversslcert", "sslca"}
)
_HEEDED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"postgresql": _OF_LIBPQ, "redshift": _OF_LIBPQ, "mysql": _OF_MYSQL, "mariadb": _OF_MYSQL}
)
"""By product, the parameters that count, in lower case; of other products it is not known."""


def without_effect(login: Login) -> list[str]:
    """A sentence for each parameter of a URL that no driver here is told of."""
    heeded = _HEEDED.get(login.product)
    if heeded is None:
        return []
    return [
        f"parameter {name} of the URL has no effect: it is about Java's driver"
        for name in login.parameters
        if name.lower() not in heeded
    ]
