"""Statistics of columns of the Data Catalog's tables and partitions in SQL."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy import Table as SqlTable

from placekeeper.model.catalog import ColumnStatistics, Table
from placekeeper.store.catalog_schema import catalog_partition_statistics, catalog_table_statistics
from placekeeper.store.damage import decoded


class SqlStatisticsRows:
    """Implements ports.rows.catalog.StatisticsRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, table: Table, ordinal: int | None, columns: Sequence[str]) -> Sequence[ColumnStatistics]:
        """Those that are there of some columns, in no order."""
        rows, owner = _owner(table, ordinal)
        found = select(rows).filter_by(**owner).where(rows.c.column_name.in_(columns))
        return [
            ColumnStatistics(
                column=row["column_name"],
                spec=decoded(row["spec"], dict[str, Any], rows.name, f"{owner} {row['column_name']}"),
            )
            for row in self._connection.execute(found).mappings()
        ]

    def put(self, table: Table, ordinal: int | None, statistics: ColumnStatistics) -> None:
        """Insert what is said of a column, or replace it."""
        rows, owner = _owner(table, ordinal)
        spec = msgspec.json.encode(statistics.spec).decode()
        of = {**owner, "column_name": statistics.column}
        if self._connection.execute(update(rows).filter_by(**of).values(spec=spec)).rowcount == 0:
            self._connection.execute(insert(rows).values(**of, spec=spec))

    def delete(self, table: Table, ordinal: int | None, column: str) -> bool:
        """Delete what is said of a column; False if there is nothing."""
        rows, owner = _owner(table, ordinal)
        return self._connection.execute(delete(rows).filter_by(**owner, column_name=column)).rowcount > 0


def _owner(table: Table, ordinal: int | None) -> tuple[SqlTable, dict[str, object]]:
    """The SQL table and the columns that name the table or the partition."""
    if ordinal is None:
        return catalog_table_statistics, {"database": table.database, "table_name": table.name}
    return catalog_partition_statistics, {"ordinal": ordinal}
