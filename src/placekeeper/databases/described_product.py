"""Products whose own views describe their tables, which SQLAlchemy's inspector does not know.

Their keys are notes for people: the product takes two rows of one key. So none is taken as a key here.
"""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from placekeeper.databases.columns import Relation
from placekeeper.databases.inspected_product import InspectedProduct
from placekeeper.databases.products import PRODUCTS
from placekeeper.model.databases import DatabaseTable, ListedTable

_ALIKE: Final = " WHERE LOWER(table_schema) = LOWER(:schema) AND LOWER(table_name) = LOWER(:name)"
_WITH_LENGTH: Final = frozenset({"character", "character varying", "text", "binary"})
_WITH_DIGITS: Final = frozenset({"numeric", "number", "decimal"})


class DescribedProduct(InspectedProduct):
    """See databases.dialect.Dialect. `tables` and `described` are the views that tell tables and columns."""

    tables: str
    described: str

    def relation(self, connection: Connection, table: DatabaseTable) -> Relation | Sequence[DatabaseTable]:
        """See databases.dialect.Dialect."""
        asked = {"schema": table.schema or PRODUCTS[self.product].schema, "name": table.name}
        alike = self._found(connection, _ALIKE, asked)
        exact = [one for one in alike if one.table == DatabaseTable(asked["schema"], asked["name"])]
        found = exact or alike
        if len(found) != 1:
            others = alike or self._found(connection, " WHERE table_schema = :schema", asked)
            return [one.table for one in others]
        named = found[0].table
        return Relation(
            table=named,
            columns=tuple(
                self.column(name, _spelled(kind, *numbers), is_nullable != "NO")
                for name, is_nullable, kind, *numbers in self._columns(connection, named)
            ),
        )

    def listed(self, connection: Connection) -> list[ListedTable] | None:
        """See databases.dialect.Dialect."""
        return self._found(connection, "", {})

    def _found(self, connection: Connection, where: str, asked: dict[str, str]) -> list[ListedTable]:
        statement = f"SELECT table_schema, table_name, table_type FROM {self.tables}{where}"  # noqa: S608
        return [
            ListedTable(table=DatabaseTable(schema, name), is_view="VIEW" in str(kind).upper())
            for schema, name, kind in connection.execute(sa.text(statement), asked)
        ]

    def _columns(self, connection: Connection, table: DatabaseTable) -> Sequence[Any]:
        statement = f"""
        SELECT column_name, is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale
        FROM {self.described} WHERE table_schema = :schema AND table_name = :name ORDER BY ordinal_position
        """  # noqa: S608 - the name of a view
        asked = {"schema": table.schema, "name": table.name}
        return connection.execute(sa.text(statement), asked).all()


def _spelled(kind: str, length: int | None, precision: int | None, scale: int | None) -> str:
    """A type with its numbers, as a statement that makes a table has it."""
    lower = kind.lower()
    if lower in _WITH_DIGITS and precision is not None:
        return f"{lower}({precision},{scale or 0})"
    return f"{lower}({length})" if lower in _WITH_LENGTH and length else lower
