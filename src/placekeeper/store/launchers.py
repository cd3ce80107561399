"""Launchers in SQL: one row each, counted up while it lives."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select, update

from placekeeper.model.jobs import LauncherRow
from placekeeper.store.schema import launchers


class SqlLauncherRows:
    """Implements ports.store.LauncherRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, launcher: str, *, host: str, pid: int) -> None:
        """A new launcher."""
        self._connection.execute(insert(launchers).values(id=launcher, host=host, pid=pid, renewals=0))

    def renew(self, launcher: str) -> bool:
        """Count a renewal; False when the launcher was given up for dead."""
        renewed = update(launchers).where(launchers.c.id == launcher)
        return self._connection.execute(renewed.values(renewals=launchers.c.renewals + 1)).rowcount == 1

    def all(self) -> Mapping[str, LauncherRow]:
        """Every launcher by its id."""
        rows = self._connection.execute(select(launchers))
        return {row.id: LauncherRow(row.host, row.renewals) for row in rows}

    def delete(self, launcher: str) -> None:
        """Forget a launcher; one that is not there is no error."""
        self._connection.execute(delete(launchers).where(launchers.c.id == launcher))
