"""Columns and tables as a product describes them, with what their types become."""

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.sql import quoted_name

from placekeeper.model.databases import DatabaseTable, KeyType, TableColumn, TableShape


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column, or one of a query's.

    `arrow` is its type as `read` gives it, None for one unknown here. `bound` is the SQL type of values that
    are compared with it, where the product wants that said. `as_text` says that it is selected as the
    database's own text of its values, and `is_truth` that numbers beside 0 and 1 are truths too.
    """

    name: str
    sql_type: str
    arrow: Any
    key_type: KeyType | None = None
    nullable: bool = True
    bound: str = ""
    as_text: bool = False
    is_truth: bool = False


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A table or view. `has_versions` says that its rows tell which transaction made them; `is_stored`
    that it has blocks on disk itself. `rows` is how many rows it has, as far as statistics say."""

    table: DatabaseTable
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    indexed: tuple[str, ...] = ()
    rows: int | None = None
    has_versions: bool = False
    is_stored: bool = False

    @property
    def columns_by_name(self) -> dict[str, Column]:
        """The columns of a table, which has no two of one name."""
        return {column.name: column for column in self.columns}

    @property
    def shape(self) -> TableShape:
        """What others are told."""
        return TableShape(
            table=self.table,
            columns=tuple(
                TableColumn(
                    name=column.name,
                    sql_type=column.sql_type,
                    key_type=column.key_type,
                    nullable=column.nullable,
                )
                for column in self.columns
            ),
            primary_key=self.primary_key,
            unique=self.unique,
            indexed=self.indexed,
            rows=self.rows,
        )


def selectable(table: DatabaseTable, columns: tuple[Column, ...]) -> sa.TableClause:
    """The table for statements, all names quoted as they are stored."""
    return sa.table(
        quoted_name(table.name, True),
        *(sa.column(quoted_name(column.name, True)) for column in columns),
        schema=quoted_name(table.schema, True) if table.schema else None,
    )


def subquery(query: str, columns: tuple[Column, ...] = ()) -> sa.Subquery:
    """A user's query for statements."""
    text = sa.text(query.strip().rstrip(";").replace("\\", "\\\\").replace(":", "\\:"))
    return text.columns(*(sa.column(quoted_name(column.name, True)) for column in columns)).subquery("q")
