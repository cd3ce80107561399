"""Rows that are meant, as SELECT statements."""

from typing import Any, Final

import sqlalchemy as sa

from placekeeper.databases.columns import Column, Relation, selectable, subquery
from placekeeper.databases.conditions import Keys, chunks
from placekeeper.databases.dialect import Dialect
from placekeeper.databases.intervals import intervals
from placekeeper.model.databases import BookmarkKeys, KeyRange, Rows
from placekeeper.model.errors import DatabaseFailed

INTERVALS_PER_STATEMENT: Final = 500
"""More make the planners of some products slow, and SQLite refuses expressions of a thousand."""


def wanted(relation: Relation, rows: Rows) -> tuple[Column, ...]:
    """The columns that are read. Raises DatabaseFailed for one that is not there."""
    if not rows.columns:
        return relation.columns
    found = {column.name: column for column in relation.columns}
    missing = [name for name in rows.columns if name not in found]
    if missing:
        raise DatabaseFailed(
            f"{relation.table.full or 'the query'} has no column {missing[0]!r}; it has {', '.join(found)}"
        )
    return tuple(found[name] for name in rows.columns)


def selects(
    dialect: Dialect, relation: Relation, rows: Rows, *, is_sorted: bool = True
) -> list[sa.Select[Any]]:
    """The statements that together have each row once, in the order of reading if it `is_sorted`; null keys
    come last then."""
    keys = None if rows.keys is None or rows.table is None else Keys(dialect, relation, rows.keys)
    table = _table(relation, rows) if keys is None else keys.table
    base = sa.select(
        *(dialect.selected(column, table.c[column.name]) for column in wanted(relation, rows))
    ).select_from(table)
    if rows.part is not None:
        base = base.where(sa.text(f"({_escaped(rows.part.condition)})"))
    if rows.changed_since is not None and relation.has_versions:
        base = base.where(dialect.changed_since(rows.changed_since))
    if keys is None:
        return [base]
    if not rows.ranges and not rows.ids and not rows.nulls:
        found = [base]
    else:
        found = [base.where(condition) for condition in _conditions(keys, rows)]
        found += [base.where(keys.absent)] if rows.nulls else []
    return [statement.order_by(*keys.order) for statement in found] if is_sorted else found


def _table(relation: Relation, rows: Rows) -> sa.FromClause:
    if rows.table is None:
        return subquery(rows.query, relation.columns)
    return selectable(relation.table, relation.columns)


def _conditions(keys: Keys, rows: Rows) -> list[sa.ColumnElement[bool]]:
    if [column.key_type for column in keys.columns] != ["int"]:
        if rows.ids:
            raise DatabaseFailed("ids are of one whole-number key, and the table has other keys")
        return [sa.or_(*(keys.within(range) for range in rows.ranges))] if rows.ranges else []
    found = intervals(rows.ranges, rows.ids, descending=keys.descending)
    if keys.descending:
        found.reverse()
    return [keys.among(chunk) for chunk in chunks(found, INTERVALS_PER_STATEMENT)]


def end_key(
    dialect: Dialect, relation: Relation, keys: BookmarkKeys, within: KeyRange, *, last: bool, skip: int = 0
) -> sa.Select[Any]:
    """The first or last key of a range, or the one so many rows further in."""
    found = Keys(dialect, relation, keys)
    order = found.reverse_order if last else found.order
    statement = sa.select(*found.values).select_from(found.table).where(found.within(within)).order_by(*order)
    return statement.limit(1).offset(skip) if skip else statement.limit(1)


def gaps(
    dialect: Dialect, relation: Relation, keys: BookmarkKeys, first: int, last: int, most: int
) -> sa.Select[Any]:
    """Pairs of neighbouring numbers with a gap between, highest first; the numbers at the ends are asked for
    by `end_key`."""
    found = Keys(dialect, relation, keys)
    (key,) = found.expressions
    above = sa.func.lag(key).over(order_by=key.desc()).label("above_key")
    inner = sa.select(key.label("below_key"), above).where(found.among([(first, last)])).subquery("numbers")
    return (
        sa.select(inner.c.below_key, inner.c.above_key)
        .where(inner.c.above_key - 1 > inner.c.below_key)
        .order_by(inner.c.below_key.desc())
        .limit(most)
    )


def _escaped(sql: str) -> str:
    return sql.replace("\\", "\\\\").replace(":", "\\:")
