"""New tables of the catalog. Of a lake format, the first metadata is written, and the catalog names it."""

from collections.abc import Mapping, Sequence
from typing import Any

from placekeeper.control.catalog.lookup import database_of
from placekeeper.control.catalog.tables import Catalog
from placekeeper.model.catalog import PartitionIndex
from placekeeper.model.errors import AlreadyExistsException, InvalidInputException, MissingExtra
from placekeeper.ports.lake import LakeMaker
from placekeeper.ports.store import Store


class NewTables:
    """The use case that makes tables of all kinds."""

    def __init__(self, store: Store, catalog: Catalog, lakes: LakeMaker) -> None:
        self._store = store
        self._catalog = catalog
        self._lakes = lakes

    def create(
        self,
        database: str,
        spec: dict[str, Any],
        indexes: Sequence[PartitionIndex] = (),
        iceberg: Mapping[str, Any] | None = None,
    ) -> None:
        """Create a table; with `iceberg` (IcebergInput) it is an Iceberg table.

        Raises what Catalog.create_table raises. Raises InvalidInputException for a table that Iceberg does
        not have, for a store that does not take its metadata, and for a server without pyiceberg.
        """
        made = self._with_metadata(database, spec, iceberg) if iceberg else spec
        self._catalog.create_table(database, made, indexes)

    def _with_metadata(
        self, database: str, spec: dict[str, Any], iceberg: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The definition of a new Iceberg table, whose first metadata is written."""
        with self._store.read() as tx:
            if tx.tables.get(database_of(tx, database).name, spec["Name"].lower()) is not None:
                raise AlreadyExistsException("Table already exists.")
        try:
            return self._lakes.new_iceberg(spec, iceberg)
        except MissingExtra as error:
            raise InvalidInputException(
                f"{error}. Install it on the server: pip install 'placekeeper[{error.extra}]'"
            ) from error
        except OSError as error:
            raise InvalidInputException(f"The metadata of the table could not be written: {error}") from error
