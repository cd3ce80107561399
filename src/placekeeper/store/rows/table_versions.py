"""Older versions of the Data Catalog's tables in SQL."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select

from placekeeper.model.catalog import Table
from placekeeper.model.page import Page
from placekeeper.store.catalog_schema import catalog_table_versions as versions
from placekeeper.store.damage import decoded
from placekeeper.store.pages import STREAMED, page_of


class SqlTableVersionRows:
    """Implements ports.rows.catalog.TableVersionRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, table: Table) -> None:
        """Keep a table as it is, before it is replaced."""
        self._connection.execute(
            insert(versions).values(
                database=table.database,
                table_name=table.name,
                version=table.version,
                spec=msgspec.json.encode(table.spec).decode(),
                created_ms=table.created_ms,
                modified_ms=table.modified_ms,
            )
        )

    def get(self, table: Table, version: int) -> Table | None:
        """An older version."""
        found = select(versions).where(*_of(table), versions.c.version == version)
        row = self._connection.execute(found).mappings().first()
        return None if row is None else _version(row)

    def page(self, table: Table, *, before: int, limit: int) -> Page[Table]:
        """Older versions, the newest first, those below `before`, until the page is full."""
        found = select(versions).where(*_of(table), versions.c.version < before)
        found = found.order_by(versions.c.version.desc()).limit(limit + 1)
        with self._connection.execute(found.execution_options(**STREAMED)).mappings() as rows:
            return page_of(rows, limit, _version, "spec")

    def delete(self, table: Table, version: int) -> bool:
        """Delete an older version; False if there is none."""
        gone = delete(versions).where(*_of(table), versions.c.version == version)
        return self._connection.execute(gone).rowcount > 0


def _of(table: Table) -> tuple[ColumnElement[bool], ...]:
    return versions.c.database == table.database, versions.c.table_name == table.name


def _version(row: RowMapping) -> Table:
    key = f"{row['database']}.{row['table_name']} {row['version']}"
    return Table(
        database=row["database"],
        name=row["table_name"],
        spec=decoded(row["spec"], dict[str, Any], "catalog_table_versions", key),
        created_ms=row["created_ms"],
        modified_ms=row["modified_ms"],
        version=row["version"],
    )
