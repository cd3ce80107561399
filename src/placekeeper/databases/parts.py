"""Parts of a selection that are read beside each other: by whole numbers, or at values of statistics."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from placekeeper.databases import statements
from placekeeper.databases.columns import Column, Relation, selectable
from placekeeper.databases.dialect import Dialect
from placekeeper.model.databases import Part, Rows


def quoted(connection: Connection, name: str) -> str:
    """A column's name in SQL of the product."""
    made: str = connection.dialect.identifier_preparer.quote_identifier(name)
    return made


def by_numbers(
    dialect: Dialect, connection: Connection, relation: Relation, rows: Rows, wanted: int
) -> Sequence[Part]:
    """Parts of equal width by a key or primary key that is a whole number; () without one or without rows."""
    column = _number(relation, rows)
    if column is None:
        return ()
    ends = _ends(dialect, connection, relation, rows, column)
    return () if ends is None else numbered(quoted(connection, column.name), column.nullable, *ends, wanted)


def numbered(name: str, has_nulls: bool, low: int, high: int, wanted: int) -> Sequence[Part]:
    """Parts of equal width between two numbers; the first and the last are open, so that no row is left."""
    width = -(-(high - low + 1) // wanted)
    return at_bounds(name, has_nulls, [str(low + width * step) for step in range(1, wanted) if width])


def at_bounds(name: str, has_nulls: bool, bounds: Sequence[str]) -> Sequence[Part]:
    """Parts between values in ascending order, which are SQL; the first has the nulls, too."""
    if not bounds:
        return ()
    first = f"{name} < {bounds[0]}"
    return (
        Part(condition=f"({first} OR {name} IS NULL)" if has_nulls else first),
        *(Part(condition=f"{name} >= {low} AND {name} < {high}") for low, high in pairwise(bounds)),
        Part(condition=f"{name} >= {bounds[-1]}"),
    )


def _number(relation: Relation, rows: Rows) -> Column | None:
    names = [*(rows.keys.columns[:1] if rows.keys else ()), *relation.primary_key[:1]]
    columns = [relation.columns_by_name[name] for name in names if name in relation.columns_by_name]
    return next((column for column in columns if column.key_type == "int"), None)


def _ends(
    dialect: Dialect, connection: Connection, relation: Relation, rows: Rows, column: Column
) -> tuple[int, int] | None:
    """The lowest and highest number among the rows, as an index tells them."""
    is_first = rows.keys is not None and column.name == rows.keys.columns[0]
    if rows.keys is not None and is_first and len(rows.ranges) == 1 and not rows.ids:
        found = [
            connection.execute(
                statements.end_key(dialect, relation, rows.keys, rows.ranges[0], last=last)
            ).one_or_none()
            for last in (False, True)
        ]
        numbers = sorted(int(row[0]) for row in found if row is not None)
    else:
        table = selectable(relation.table, relation.columns)
        expression = table.c[column.name]
        row: Any = connection.execute(
            sa.select(sa.func.min(expression), sa.func.max(expression)).select_from(table)
        ).one()
        numbers = [int(value) for value in row if value is not None]
    return (numbers[0], numbers[-1]) if numbers else None
