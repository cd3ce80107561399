"""What is certainly wrong with the address in a ConnectionInput.

AWS stores any. A connection may be to a product that Placekeeper does not read, so only what no driver of a
known product can take is a fault. Source: docs/reference/operations.md#connections.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.rules.databases.connection_properties import CONNECTION_MEMBERS
from placekeeper.rules.databases.jdbc_urls import PRODUCTS, login_of
from placekeeper.rules.databases.url_parts import UrlWrong, check_host, port_of

_JDBC: Final = "JDBC"
_PLACEHOLDER: Final = re.compile(r"\$\{[^}]*\}")
_ANYTHING: Final = "1"
"""In the place of a member of a secret: it may be a host, a port, a name."""


def connection_fault(spec: Mapping[str, Any]) -> str:
    """A sentence that names the property; "" for a ConnectionInput without a fault."""
    kind = str(spec.get("ConnectionType") or "")
    for member in CONNECTION_MEMBERS:
        properties: Mapping[str, str] = spec.get(member) or {}
        url, port, host = (_PLACEHOLDER.sub(_ANYTHING, properties.get(name, "")) for name in _NAMES)
        if kind == _JDBC and url.strip():
            try:
                login_of(url, f"{member}.{_NAMES[0]}")
            except UnsupportedFeature:  # of a product, or in a spelling, that others read
                pass
            except UsageError as error:
                return f"{error}."
        if kind == _JDBC or kind.lower() in PRODUCTS:
            for name, said, check in ((_NAMES[1], port, port_of), (_NAMES[2], host, check_host)):
                try:
                    if said:
                        check(said)
                except UrlWrong as error:
                    return f"{member}.{name} {error}."
    return ""


_NAMES: Final = ("JDBC_CONNECTION_URL", "PORT", "HOST")
