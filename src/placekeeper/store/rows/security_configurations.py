"""Security configurations in SQL."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select

from placekeeper.model.errors import AlreadyExistsException
from placekeeper.model.security import SecurityConfiguration
from placekeeper.store.damage import decoded
from placekeeper.store.schema import security_configurations as configurations


class SqlSecurityConfigurationRows:
    """Implements ports.rows.security_configurations.SecurityConfigurationRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, configuration: SecurityConfiguration) -> None:
        """Raises AlreadyExistsException."""
        row = msgspec.structs.asdict(configuration) | {
            "spec": msgspec.json.encode(configuration.spec).decode()
        }
        if self.get(configuration.name) is not None:
            raise AlreadyExistsException(
                f"Security configuration with name: {configuration.name} already exists."
            )
        self._connection.execute(insert(configurations).values(**row))

    def get(self, name: str) -> SecurityConfiguration | None:
        """The security configuration of that name."""
        found = select(configurations).where(configurations.c.name == name)
        row = self._connection.execute(found).first()
        return None if row is None else _configuration(row)

    def page(self, *, after: str | None, limit: int) -> Sequence[SecurityConfiguration]:
        """Security configurations by name, those after `after`."""
        found = select(configurations).order_by(configurations.c.name).limit(limit)
        if after is not None:
            found = found.where(configurations.c.name > after)
        return [_configuration(row) for row in self._connection.execute(found)]

    def delete(self, name: str) -> bool:
        """Delete a security configuration; False if there is none of that name."""
        gone = delete(configurations).where(configurations.c.name == name)
        return self._connection.execute(gone).rowcount > 0


def _configuration(row: Row[tuple[object, ...]]) -> SecurityConfiguration:
    fields = row._mapping
    return SecurityConfiguration(
        name=fields["name"],
        spec=decoded(fields["spec"], dict[str, Any], "security_configurations", fields["name"]),
        created_ms=fields["created_ms"],
    )
