"""New tables of lake formats: their first metadata is written, and the catalog names it."""

from collections.abc import Mapping, Sequence
from typing import Any

from placekeeper.control.catalog.lookup import database_of
from placekeeper.control.catalog.tables import Catalog
from placekeeper.model.catalog import PartitionIndex
from placekeeper.model.errors import AlreadyExistsException, InvalidInputException, MissingExtra
from placekeeper.ports.lake import LakeMaker
from placekeeper.ports.store import Store


class LakeTables:
    """The use case that makes tables of lake formats."""

    def __init__(self, store: Store, catalog: Catalog, lakes: LakeMaker) -> None:
        self._store = store
        self._catalog = catalog
        self._lakes = lakes

    def create_iceberg(
        self,
        database: str,
        spec: dict[str, Any],
        iceberg: Mapping[str, Any],
        indexes: Sequence[PartitionIndex] = (),
    ) -> None:
        """Create an Iceberg table; `iceberg` is IcebergInput.

        Raises what `create_table` raises, InvalidInputException for a table that Iceberg does not have, for a
        store that does not take its metadata, and for a server without pyiceberg.
        """
        with self._store.read() as tx:
            if tx.tables.get(database_of(tx, database).name, spec["Name"].lower()) is not None:
                raise AlreadyExistsException("Table already exists.")
        try:
            made = self._lakes.new_iceberg(spec, iceberg)
        except MissingExtra as error:
            raise InvalidInputException(
                f"{error}. Install it on the server: pip install 'placekeeper[{error.extra}]'"
            ) from error
        except OSError as error:
            raise InvalidInputException(f"The metadata of the table could not be written: {error}") from error
        self._catalog.create_table(database, made, indexes)
