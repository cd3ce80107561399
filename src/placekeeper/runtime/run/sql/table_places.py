"""Where tables are that a statement or a frame makes."""

from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.sql.calls import Calls
from placekeeper.runtime.run.sql.made_tables import location_of
from placekeeper.runtime.run.sql.names import DEFAULT, Name
from placekeeper.runtime.sql.definitions import ICEBERG, TableSaid


class TablePlaces:
    """Tells the folders of new tables."""

    def __init__(self, context: RunContext, calls: Calls) -> None:
        self._context = context
        self._calls = calls

    def of(self, name: Name, said: TableSaid) -> str:
        """The folder of a table without a query. Raises AnalysisException where nobody says one."""
        place = said.location or (self._in_warehouse(name, said) if said.format == ICEBERG else "")
        return location_of(name, place, self.of_database(name))

    def of_database(self, name: Name) -> str | None:
        """The folder of a table's database, if it has one."""
        if name[0] == DEFAULT and self._context.client.table_names(DEFAULT).names is None:
            return None
        return self._calls.database(name[0]).location

    def _in_warehouse(self, name: Name, said: TableSaid) -> str:
        """The place of an Iceberg table by its catalog's setting; empty if the database has a place."""
        if len(said.name) <= len(name) or self.of_database(name):
            return ""
        key = f"spark.sql.catalog.{said.name[0]}.warehouse"
        warehouse = str(self._context.engine.session.conf.get(key, None) or "").rstrip("/")
        return f"{warehouse}/{name[0]}.db/{name[1]}" if "://" in warehouse else ""
