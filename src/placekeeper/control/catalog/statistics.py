"""Statistics of columns, of a table or of one of its partitions. Clients make them; here they are kept."""

from collections.abc import Sequence
from typing import Any

from placekeeper.control.catalog.lookup import table_of
from placekeeper.control.catalog.partitions import partition_of
from placekeeper.model.catalog import ColumnStatistics, Table, columns_of
from placekeeper.model.errors import EntityNotFoundException, GlueError
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.catalog.column_statistics import check_statistics

Spec = dict[str, Any]
"""ColumnStatistics as it was sent."""


class Statistics:
    """The use cases of statistics: of the partition with `values`, or of the table where these are None.

    Every method raises EntityNotFoundException for a missing table or partition.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(
        self, database: str, name: str, values: Sequence[str] | None, columns: Sequence[str]
    ) -> tuple[Sequence[Spec], Sequence[tuple[str, GlueError]]]:
        """Those of some columns in the order asked for, and the columns without any, with an error each."""
        with self._store.read() as tx:
            table = table_of(tx, database, name)
            wanted = list(dict.fromkeys(column.lower() for column in columns))
            there = tx.column_statistics.get(table, _ordinal(tx, table, values), wanted)
        found = {each.column: each.spec for each in there}
        missing = [column for column in columns if column.lower() not in found]
        return (
            [found[column] for column in wanted if column in found],
            [(column, _no_statistics(column)) for column in missing],
        )

    def put(
        self, database: str, name: str, values: Sequence[str] | None, specs: Sequence[Spec]
    ) -> Sequence[tuple[Spec, GlueError]]:
        """Set or replace statistics; returns those that could not be set, and why."""
        failures: list[tuple[Spec, GlueError]] = []
        with self._store.write() as tx:
            table = table_of(tx, database, name)
            ordinal = _ordinal(tx, table, values)
            known = {column.lower() for column, _ in columns_of(table.spec)}
            for spec in specs:
                try:
                    check_statistics(spec, known)
                except GlueError as error:
                    failures.append((spec, error))
                else:
                    made = ColumnStatistics(column=spec["ColumnName"].lower(), spec=spec)
                    tx.column_statistics.put(table, ordinal, made)
        return failures

    def delete(self, database: str, name: str, values: Sequence[str] | None, column: str) -> None:
        """Delete what is said of a column. Raises EntityNotFoundException if there is nothing."""
        with self._store.write() as tx:
            table = table_of(tx, database, name)
            if not tx.column_statistics.delete(table, _ordinal(tx, table, values), column.lower()):
                raise _no_statistics(column)


def _ordinal(tx: Transaction, table: Table, values: Sequence[str] | None) -> int | None:
    return None if values is None else partition_of(tx, table, values).ordinal


def _no_statistics(column: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Statistics of the column {column} not found.")
