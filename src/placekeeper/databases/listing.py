"""The tables and views of a database, by SQLAlchemy's inspector."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection, Inspector

from placekeeper.databases.inspected import as_stored
from placekeeper.databases.products import PRODUCTS
from placekeeper.model.databases import DatabaseTable, ListedTable

_OF_PRODUCTS: Final = frozenset(
    {
        *(
            "information_schema",
            "pg_catalog",
            "pg_toast",
            "pg_internal",
            "pg_auto_copy",
            "pg_s3",
            "catalog_history",
        ),
        *("sys", "guest", "mysql", "performance_schema", "system", "outln", "xdb", "ctxsys", "mdsys"),
        *("dbsnmp", "appqossys", "wmsys", "ordsys", "orddata", "olapsys", "lbacsys", "gsmadmin_internal"),
    }
)
"""Schemas that products have for themselves, in lower case; so are those that begin with `db_` or `pg_`."""

_OWN: Final = ("db_", "pg_")


def listed_tables(
    connection: Connection, product: str, told: Sequence[ListedTable] | None = None
) -> list[ListedTable]:
    """All tables and views that the user may see, by schema and name. Where a product has no schemas, those
    of the connection's database. Where the product itself has `told` them, those that are of users."""
    if told is not None:
        return sorted((one for one in told if _is_of_users(one.table.schema)), key=lambda one: one.table)
    inspector = sa.inspect(connection)
    schemas: list[str | None] = [None]
    if PRODUCTS[product].schema:
        schemas = [name for name in inspector.get_schema_names() if _is_of_users(name)]
    found = {one.table: one for schema in schemas for one in _of_schema(inspector, schema)}
    return [found[table] for table in sorted(found)]


def _is_of_users(schema: str) -> bool:
    return schema.lower() not in _OF_PRODUCTS and not schema.lower().startswith(_OWN)


def _of_schema(inspector: Inspector, schema: str | None) -> Iterator[ListedTable]:
    stored = as_stored(inspector.dialect)
    for name in inspector.get_table_names(schema):
        yield ListedTable(table=DatabaseTable(schema or "", stored(name)))
    views = list(inspector.get_view_names(schema))
    with suppress(NotImplementedError):  # a product without them
        views += inspector.get_materialized_view_names(schema)
    for name in views:
        yield ListedTable(table=DatabaseTable(schema or "", stored(name)), is_view=True)
