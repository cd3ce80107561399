"""Folders that runs overwrite, in SQL."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, insert, select

from placekeeper.store.schema import overwrites


class SqlOverwriteRows:
    """Implements ports.rows.overwrites.OverwriteRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run_id: str, folders: Sequence[str]) -> None:
        """A run overwrites folders; twice is once."""
        found = select(overwrites.c.folder).where(overwrites.c.run_id == run_id)
        new = set(folders).difference(self._connection.execute(found).scalars())
        if new:
            rows = [{"run_id": run_id, "folder": folder} for folder in sorted(new)]
            self._connection.execute(insert(overwrites), rows)

    def of_others(self, run_id: str) -> Sequence[tuple[str, str]]:
        """The ids of other runs, each with a folder."""
        found = select(overwrites.c.run_id, overwrites.c.folder).where(overwrites.c.run_id != run_id)
        return [(row.run_id, row.folder) for row in self._connection.execute(found)]

    def release(self, run_id: str, folders: Sequence[str]) -> None:
        """A run does not overwrite these folders any more."""
        for folder in folders:
            mine = (overwrites.c.run_id == run_id, overwrites.c.folder == folder)
            self._connection.execute(delete(overwrites).where(*mine))

    def drop(self, run_ids: Collection[str]) -> None:
        """Runs overwrite nothing any more."""
        for run_id in run_ids:
            self._connection.execute(delete(overwrites).where(overwrites.c.run_id == run_id))
