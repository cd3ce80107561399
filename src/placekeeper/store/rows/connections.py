"""Connections in SQL."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import RowMapping, delete, insert, select, update

from placekeeper.model.connections import Connection
from placekeeper.model.errors import AlreadyExistsException, KeyMissing
from placekeeper.model.page import Page
from placekeeper.ports.keys import Keys
from placekeeper.store.damage import decoded
from placekeeper.store.pages import STREAMED, page_of
from placekeeper.store.resource_schema import catalog_connections as connections
from placekeeper.store.sealed import plain, stored


class SqlConnectionRows:
    """Implements ports.rows.connections.ConnectionRows."""

    def __init__(self, connection: SqlConnection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys

    def insert(self, connection: Connection) -> None:
        """Raises AlreadyExistsException."""
        taken = select(connections.c.name).where(connections.c.name == connection.name)
        if self._connection.execute(taken).first() is not None:
            raise AlreadyExistsException("Connection already exists.")
        self._connection.execute(insert(connections).values(**self._row(connection)))

    def get(self, name: str, *, with_secrets: bool) -> Connection | None:
        """The connection of that name. Raises KeyMissing if its secrets are wanted and cannot be read."""
        found = select(connections).where(connections.c.name == name)
        row = self._connection.execute(found).mappings().first()
        return None if row is None else self._read(row, with_secrets=with_secrets)

    def replace(self, connection: Connection) -> bool:
        """Replace a connection; False if there is none of that name."""
        changed = (
            update(connections).where(connections.c.name == connection.name).values(**self._row(connection))
        )
        return self._connection.execute(changed).rowcount > 0

    def delete(self, name: str) -> bool:
        """Delete a connection; False if there is none of that name."""
        return self._connection.execute(delete(connections).where(connections.c.name == name)).rowcount > 0

    def page(
        self,
        *,
        after: str | None,
        limit: int,
        where: Callable[[dict[str, Any]], bool],
        with_secrets: bool,
    ) -> Page[Connection]:
        """Connections by name, those after `after` for whose spec `where` is true, until the page is full."""
        found = select(connections).order_by(connections.c.name)
        if after is not None:
            found = found.where(connections.c.name > after)
        with self._connection.execute(found.execution_options(**STREAMED)).mappings() as rows:
            meant = (row for row in rows if where(_spec(row)))
            return page_of(meant, limit, lambda row: self._read(row, with_secrets=with_secrets), "spec")

    def _row(self, connection: Connection) -> dict[str, object]:
        secrets = None
        if connection.secrets:
            plain_text = msgspec.json.encode(connection.secrets)
            secrets = stored(plain_text, self._keys.default, _about(connection.name), self._keys)
        return {
            "name": connection.name,
            "spec": msgspec.json.encode(connection.spec).decode(),
            "secrets": secrets,
            "created_ms": connection.created_ms,
            "modified_ms": connection.modified_ms,
        }

    def _read(self, row: RowMapping, *, with_secrets: bool) -> Connection:
        return Connection(
            name=row["name"],
            spec=_spec(row),
            secrets=self._secrets(row) if with_secrets else {},
            created_ms=row["created_ms"],
            modified_ms=row["modified_ms"],
        )

    def _secrets(self, row: RowMapping) -> dict[str, Any]:
        if row["secrets"] is None:
            return {}
        name = row["name"]
        try:
            text = plain(row["secrets"], _about(name), self._keys)
        except KeyMissing as error:
            raise KeyMissing(error.key, f"the password of the connection {name}") from None
        return decoded(text, dict[str, Any], "catalog_connections", name)


def _spec(row: RowMapping) -> dict[str, Any]:
    return decoded(row["spec"], dict[str, Any], "catalog_connections", row["name"])


def _about(name: str) -> str:
    return f"secrets of the connection {name}"
