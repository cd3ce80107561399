"""Parts as scripts ask for them: by a hash of a column, by an expression, or between two bounds.

Source: docs/reference/databases.md#hashed-parts.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection

from placekeeper.databases.columns import Column, Relation
from placekeeper.databases.dialect import Dialect
from placekeeper.databases.parts import at_bounds, quoted
from placekeeper.databases.statements import selects
from placekeeper.model.databases import Part, Partitioning, Rows
from placekeeper.model.errors import UsageError
from placekeeper.model.wording import listed, meant

_NUMBERS: Final = ("int", "decimal", "float")


def cut(dialect: Dialect, connection: Connection, relation: Relation, by: Partitioning) -> Sequence[Part]:
    """The parts. Raises UsageError, see ports.databases.DatabaseSession."""
    if by.parts < 2:
        return ()
    if not by.column:
        return _hashed(dialect.remainder(f"({by.expression})", by.parts), by.parts)
    column = _column(relation, by)
    name = quoted(connection, column.name)
    if by.lower and column.key_type in _NUMBERS:
        return at_bounds(name, column.nullable, _bounds(by))
    return _hashed(dialect.remainder(dialect.hashed(column, name), by.parts), by.parts)


def check(
    dialect: Dialect, connection: Connection, relation: Relation, rows: Rows, parts: Sequence[Part]
) -> None:
    """Let the database look at the condition of the last part, and read no row."""
    for statement in selects(dialect, relation, replace(rows, part=parts[-1]), is_sorted=False):
        connection.execute(statement.where(sa.text("1 = 0"))).close()


def _hashed(number: str, parts: int) -> Sequence[Part]:
    """A part for each remainder; the first has all else, too: nulls, fractions and what is no number."""
    others = ", ".join(map(str, range(1, parts)))
    return (
        Part(condition=f"CASE WHEN {number} IN ({others}) THEN 1 ELSE 0 END = 0"),
        *(Part(condition=f"{number} = {one}") for one in range(1, parts)),
    )


def _column(relation: Relation, by: Partitioning) -> Column:
    """The column, by its name as it is spelled, and then in any case."""
    asked = by.column.strip('"`[]')
    alike = [column for column in relation.columns if column.name.lower() == asked.lower()]
    exact = [column for column in alike if column.name == asked]
    found = exact or alike
    if len(found) == 1:
        return found[0]
    option = "partitionColumn" if by.lower else "hashfield"
    names = [column.name for column in relation.columns]
    if found:
        raise UsageError(
            f"{option} is {by.column!r}, and {_named(relation)} has "
            f"{listed(column.name for column in found)}: spell it as one of them"
        )
    raise UsageError(
        f"{_named(relation)} has no column {by.column!r}, which {option} names. It has {listed(names)}. For "
        f"an expression of SQL there is hashexpression{meant(by.column, names)}"
    )


def _named(relation: Relation) -> str:
    return relation.table.full or "the query"


def _bounds(by: Partitioning) -> Sequence[str]:
    """The inner bounds at equal distances."""
    try:
        low, high = Decimal(by.lower), Decimal(by.upper)
        step = (high - low) / by.parts
        inner = [int(low + step * number) for number in range(1, by.parts)]
    except (InvalidOperation, ValueError, OverflowError):
        raise UsageError(
            f"lowerBound and upperBound are numbers, as the column {by.column} has, not {by.lower!r} and "
            f"{by.upper!r}"
        ) from None
    if low > high:
        raise UsageError(f"lowerBound {by.lower} is above upperBound {by.upper}: exchange them")
    return [str(number) for number in sorted(set(inner))]
