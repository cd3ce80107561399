"""What tells of tables that are written: SQLAlchemy's inspector or, of Redshift, its own views."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import ischema_names

from placekeeper.model.databases import DatabaseTable

PRODUCT: Final = "placekeeper_product"
"""The option of an engine's connections that names the product."""

_COLUMNS: Final = """
SELECT column_name, data_type, is_nullable, column_default, character_maximum_length, numeric_precision,
    numeric_scale FROM svv_columns WHERE table_schema = :schema AND table_name = :name
ORDER BY ordinal_position
"""

_ONE_BYTE: Final = sa.text("""
SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = :name AND n.nspname = COALESCE(:schema, current_schema())
    AND a.atttypid = CAST('"char"' AS regtype)
""")


class RedshiftInspector:
    """What writing asks of SQLAlchemy's inspector, which has statements that Redshift does not know.

    Keys of Redshift are notes for people, so that none are told.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    def has_table(self, table_name: str, schema: str | None = None) -> bool:
        """Whether there is a table or view."""
        return table_name in self._names(schema, "%")

    def get_schema_names(self) -> list[str]:
        """The schemas that have a table or view."""
        return list(
            self._connection.execute(sa.text("SELECT DISTINCT table_schema FROM svv_tables")).scalars()
        )

    def get_table_names(self, schema: str | None = None) -> list[str]:
        """Tables."""
        return self._names(schema, "%TABLE%")

    def get_view_names(self, schema: str | None = None) -> list[str]:
        """Views."""
        return self._names(schema, "%VIEW%")

    def get_columns(self, table_name: str, schema: str | None = None) -> list[dict[str, Any]]:
        """Columns with their types, as SQLAlchemy's inspector has them."""
        asked = {"schema": schema or "public", "name": table_name}
        return [
            {"name": name, "type": _type(*kind), "nullable": is_nullable != "NO", "default": default}
            for name, kind_name, is_nullable, default, *numbers in self._connection.execute(
                sa.text(_COLUMNS), asked
            )
            for kind in [(kind_name, *numbers)]
        ]

    def get_pk_constraint(self, table_name: str, schema: str | None = None) -> dict[str, Any]:
        """None."""
        del table_name, schema
        return {"constrained_columns": []}

    def get_unique_constraints(self, table_name: str, schema: str | None = None) -> Sequence[Any]:
        """None; so of indexes and foreign keys."""
        del table_name, schema
        return ()

    get_indexes = get_unique_constraints
    get_foreign_keys = get_unique_constraints

    def _names(self, schema: str | None, kind: str) -> list[str]:
        statement = "SELECT table_name FROM svv_tables WHERE table_schema = :schema AND table_type LIKE :kind"
        asked = {"schema": schema or "public", "kind": kind}
        return list(self._connection.execute(sa.text(statement), asked).scalars())


def inspector_of(connection: sa.Connection) -> Any:
    """What tells of the tables behind a connection of a writer."""
    if connection.get_execution_options().get(PRODUCT) == "redshift":
        return RedshiftInspector(connection)
    return sa.inspect(connection)


def of_one_byte(
    connection: sa.Connection, table: DatabaseTable, columns: Sequence[Mapping[str, Any]]
) -> frozenset[str]:
    """The columns of PostgreSQL's type "char", which SQLAlchemy describes as those of the type name."""
    if all(type(column["type"]) is not sa.String for column in columns):
        return frozenset()
    asked = {"schema": table.schema or None, "name": table.name}
    return frozenset(connection.execute(_ONE_BYTE, asked).scalars())


def _type(kind: str, length: int | None, precision: int | None, scale: int | None) -> Any:
    lower = kind.lower()
    if lower in ("numeric", "decimal"):
        return sa.Numeric(precision, scale)
    if lower.startswith("timestamp"):
        return sa.TIMESTAMP(timezone="with time zone" in lower)
    if lower in ("character varying", "character"):
        return sa.VARCHAR(length) if "varying" in lower else sa.CHAR(length)
    return ischema_names.get(lower, sa.types.NullType)()
