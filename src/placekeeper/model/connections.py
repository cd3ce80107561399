"""Connections of the Data Catalog, as values."""

from typing import Any

import msgspec


class ConnectionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for a connection by which a run logs in."""

    name: str


class ConnectionTold(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as GetConnection answers it, with all of its secrets; `spec` has its name."""

    spec: dict[str, Any]

    def __repr__(self) -> str:
        return f"ConnectionTold(name={self.spec.get('Name')!r})"


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach a data store.

    `spec` is ConnectionInput as it was sent, without its secrets. `secrets` are these, in their places; empty
    where nobody asked for them.
    """

    name: str
    spec: dict[str, Any]
    secrets: dict[str, Any]
    created_ms: int
    modified_ms: int

    def __repr__(self) -> str:
        return f"Connection(name={self.name!r}, type={self.spec.get('ConnectionType')!r})"
