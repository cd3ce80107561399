"""Versions of the Data Catalog's tables: the newest is the table itself, older ones are kept beside it."""

from collections.abc import Sequence

from placekeeper.control.catalog.lookup import table_of
from placekeeper.control.catalog.tables import version_of
from placekeeper.model.catalog import Table
from placekeeper.model.errors import EntityNotFoundException, GlueError, InvalidInputException
from placekeeper.model.page import Page
from placekeeper.ports.store import Store, Transaction


class TableVersions:
    """The use cases of versions. Every method raises EntityNotFoundException for a missing table."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, database: str, name: str, version: str | None) -> Table:
        """The table as it was at a version, None for the newest.

        Raises EntityNotFoundException for a version that is not there, and InvalidInputException for a text
        that is no number.
        """
        with self._store.read() as tx:
            newest = table_of(tx, database, name)
            if version is None or version_of(version) == newest.version:
                return newest
            found = tx.table_versions.get(newest, version_of(version))
        if found is None:
            raise _no_version(version)
        return found

    def page(self, database: str, name: str, *, before: int | None, limit: int) -> Page[Table]:
        """The versions below `before`, the newest first."""
        with self._store.read() as tx:
            newest = table_of(tx, database, name)
            if before is not None and before <= newest.version:
                return tx.table_versions.page(newest, before=before, limit=limit)
            older = tx.table_versions.page(newest, before=newest.version, limit=limit - 1)
        return Page([newest, *older.items], more=older.more)

    def delete(self, database: str, name: str, version: str) -> None:
        """Delete an older version.

        Raises as `get` does, and InvalidInputException for the newest one (our inference).
        """
        with self._store.write() as tx:
            _delete(tx, table_of(tx, database, name), version)

    def delete_many(
        self, database: str, name: str, versions: Sequence[str]
    ) -> Sequence[tuple[str, GlueError]]:
        """Delete older versions; returns those that could not be deleted, and why."""
        failures = []
        with self._store.write() as tx:
            newest = table_of(tx, database, name)
            for version in versions:
                try:
                    _delete(tx, newest, version)
                except GlueError as error:
                    failures.append((version, error))
        return failures


def _delete(tx: Transaction, newest: Table, version: str) -> None:
    number = version_of(version)
    if number == newest.version:
        raise InvalidInputException(
            f"Version {version} is the newest of the table {newest.name}, which cannot be deleted alone. "
            "Name an older version, or delete the table."
        )
    if not tx.table_versions.delete(newest, number):
        raise _no_version(version)


def _no_version(version: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Table version {version} not found.")
