"""Partition indexes of the Data Catalog's tables."""

from placekeeper.control.catalog.lookup import table_of
from placekeeper.model.catalog import PartitionIndex, Table
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.ports.store import Store
from placekeeper.rules.catalog.partition_indexes import with_index


class PartitionIndexes:
    """The use cases of indexes. Every method raises EntityNotFoundException for a missing table."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, database: str, name: str) -> Table:
        """The table with its indexes."""
        with self._store.read() as tx:
            return table_of(tx, database, name)

    def create(self, database: str, name: str, index: PartitionIndex) -> None:
        """Add an index. Raises what `with_index` does."""
        with self._store.write() as tx:
            known = table_of(tx, database, name)
            tx.tables.put_indexes(known, with_index(known.indexes, index, known.partition_keys))

    def delete(self, database: str, name: str, index: str) -> None:
        """Delete an index. Raises EntityNotFoundException for one that is not there."""
        with self._store.write() as tx:
            known = table_of(tx, database, name)
            left = [each for each in known.indexes if each.name != index]
            if len(left) == len(known.indexes):
                raise EntityNotFoundException(f"Index with the given indexName : {index} does not exist")
            tx.tables.put_indexes(known, left)
