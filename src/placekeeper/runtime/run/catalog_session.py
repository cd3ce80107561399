"""The part of a run's session that asks the catalog about tables, without reading them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql.types import StructType

from placekeeper.model.catalog import TableRef, columns_of
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.jdbc_conf import jdbc_conf
from placekeeper.runtime.run.samples import SampleSession
from placekeeper.runtime.run.table_schema import table_schema
from placekeeper.runtime.run.writes import Writes


class CatalogSession(SampleSession):
    """A part of JobSession: what a script asks of tables, and what it deletes."""

    _context: RunContext
    _writes: Writes

    def table_columns(self, database: str, table: str) -> Sequence[tuple[str, str]]:
        """The names and types of a table's columns, partition keys last. Raises EntityNotFoundException."""
        ref = TableRef(database=database.lower(), name=table.lower())
        return columns_of(self._context.client.table(ref).spec)

    def table_names(self, database: str) -> list[str] | None:
        """The names of a database's tables, sorted; None for a database that the catalog does not have."""
        names = self._context.client.table_names(database).names
        return None if names is None else list(names)

    def table_schema(self, name: tuple[str, str]) -> StructType:
        """The columns and partition keys of a catalog's table. Raises EntityNotFoundException."""
        return table_schema(self._context.client, name)

    def jdbc_conf(self, connection_name: str) -> dict[str, Any]:
        """What a connection of the catalog says about its database. Raises EntityNotFoundException."""
        return jdbc_conf(self._context, connection_name)

    def hides(self, prefix: str) -> bool:
        """Whether the run has written under a prefix what cannot be seen there yet."""
        return self._writes.hides(prefix)

    def purge_path(self, path: str, options: Mapping[str, Any]) -> None:
        """purge_s3_path: delete objects when the output of the run is visible."""
        self._writes.purge_path(path, options)

    def purge_table(self, database: str, table: str, options: Mapping[str, Any]) -> None:
        """The same of the files of a catalog's table."""
        self._writes.purge_table(database, table, options)

    def transition_path(self, path: str, to: object, options: Mapping[str, Any]) -> None:
        """transition_s3_path: move objects to a storage class when the output of the run is visible."""
        self._writes.transition_path(path, to, options)

    def transition_table(self, database: str, table: str, to: object, options: Mapping[str, Any]) -> None:
        """The same of the files of a catalog's table."""
        self._writes.transition_table(database, table, to, options)
