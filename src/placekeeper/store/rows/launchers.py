"""Launchers in SQL: one row each, counted up while it lives."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select, update

from placekeeper.model.jobs import LauncherRow
from placekeeper.store.schema import launchers


class SqlLauncherRows:
    """Implements ports.store.LauncherRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, launcher: str, *, host: str) -> None:
        """A new launcher."""
        self._connection.execute(insert(launchers).values(id=launcher, host=host, renewals=0))

    def renew(self, launcher: str) -> bool:
        """Count a renewal; False when the launcher was given up for dead."""
        renewed = update(launchers).where(launchers.c.id == launcher)
        return self._connection.execute(renewed.values(renewals=launchers.c.renewals + 1)).rowcount == 1

    def renewals(self, launcher: str) -> int | None:
        """The number of renewals; None if the launcher was given up for dead."""
        found = select(launchers.c.renewals).where(launchers.c.id == launcher)
        return self._connection.execute(found).scalar()

    def all(self) -> Mapping[str, LauncherRow]:
        """Every launcher by its id."""
        rows = self._connection.execute(select(launchers))
        return {row.id: LauncherRow(row.host, row.renewals) for row in rows}

    def delete(self, launcher: str, *, renewals: int) -> bool:
        """Give one up for dead; False when it has been renewed since that count, or is not there."""
        gone = delete(launchers).where(launchers.c.id == launcher, launchers.c.renewals == renewals)
        return self._connection.execute(gone).rowcount == 1
