"""The part of a run's session that asks the catalog about tables, without reading them."""

from collections.abc import Sequence

from placekeeper.model.catalog import TableRef, columns_of
from placekeeper.runtime.run.context import RunContext


class CatalogSession:
    """A part of JobSession."""

    _context: RunContext

    def table_columns(self, database: str, table: str) -> Sequence[tuple[str, str]]:
        """The names and types of a table's columns, partition keys last. Raises EntityNotFoundException."""
        ref = TableRef(database=database.lower(), name=table.lower())
        return columns_of(self._context.client.table(ref).spec)
