"""Conditions over bookmark keys: lexicographic, by the database's own order, as an index serves them."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from placekeeper.databases.columns import Column, Relation, selectable
from placekeeper.databases.dialect import Dialect
from placekeeper.databases.intervals import Interval
from placekeeper.model.databases import BookmarkKeys, Key, KeyRange
from placekeeper.model.errors import DatabaseFailed

_ALWAYS: Final[sa.ColumnElement[bool]] = sa.literal_column("1 = 1")


class Keys:
    """The keys of a table in statements. Raises DatabaseFailed for a column that the table does not have."""

    def __init__(self, dialect: Dialect, relation: Relation, keys: BookmarkKeys) -> None:
        self._dialect = dialect
        self.descending = keys.descending
        self.table = selectable(relation.table, relation.columns)
        self.columns = tuple(_there(relation, name) for name in keys.columns)
        self.expressions = tuple(self.table.c[column.name] for column in self.columns)

    @property
    def order(self) -> tuple[sa.ColumnElement[Any], ...]:
        """In the order of reading."""
        return self._sorted(backwards=False)

    @property
    def reverse_order(self) -> tuple[sa.ColumnElement[Any], ...]:
        """The last key first."""
        return self._sorted(backwards=True)

    @property
    def values(self) -> tuple[sa.ColumnElement[Any], ...]:
        """The keys as they are selected to become values."""
        pairs = zip(self.columns, self.expressions, strict=True)
        return tuple(self._dialect.as_key(column, expression) for column, expression in pairs)

    @property
    def present(self) -> list[sa.ColumnElement[bool]]:
        """That no key is null."""
        pairs = zip(self.columns, self.expressions, strict=True)
        return [expression.is_not(None) for column, expression in pairs if column.nullable]

    @property
    def absent(self) -> sa.ColumnElement[bool]:
        """That any key is null."""
        return sa.or_(*(expression.is_(None) for expression in self.expressions))

    def within(self, range: KeyRange) -> sa.ColumnElement[bool]:
        """The rows of a range; those with a null key are in none."""
        conditions = self.present
        if range.after is not None:
            conditions.append(self._compared(range.after, ">"))
        if range.upto is not None:
            conditions.append(self._compared(range.upto, "<" if range.to_before else "<="))
        return sa.and_(*conditions) if conditions else _ALWAYS

    def among(self, intervals: Sequence[Interval]) -> sa.ColumnElement[bool]:
        """The only key, a whole number, is in one of the intervals."""
        (column,), (key,) = self.columns, self.expressions
        single = [first for first, last in intervals if first is not None and first == last]
        conditions: list[sa.ColumnElement[bool]] = []
        if single:
            conditions.append(key.in_([self._dialect.bound_int(column, number) for number in single]))
        for first, last in intervals:
            if first is not None and first == last:
                continue
            bounds = self.present
            if first is not None:
                bounds.append(key >= self._dialect.bound_int(column, first))
            if last is not None:
                bounds.append(key <= self._dialect.bound_int(column, last))
            conditions.append(sa.and_(*bounds) if bounds else _ALWAYS)
        return sa.or_(*conditions)

    def _sorted(self, *, backwards: bool) -> tuple[sa.ColumnElement[Any], ...]:
        down = self.descending != backwards
        return tuple(key.desc() if down else key.asc() for key in self.expressions)

    def _compared(self, key: Key, sign: str) -> sa.ColumnElement[bool]:
        """Keys on that side of one in the order of reading; `sign` is `>`, `<` or `<=`."""
        if not 0 < len(key) <= len(self.columns):
            raise DatabaseFailed(
                f"a key has {len(key)} values and the table's keys are {len(self.columns)} columns"
            )
        if self.descending:
            sign = {">": "<", "<": ">", "<=": ">="}[sign]
        bounds = [self._dialect.bound(*pair) for pair in zip(self.columns, key, strict=False)]
        expressions = self.expressions[: len(bounds)]
        if len(bounds) == 1:
            return expressions[0].op(sign, is_comparison=True)(bounds[0])
        if self._dialect.compares_rows:
            return sa.tuple_(*expressions).op(sign, is_comparison=True)(sa.tuple_(*bounds))
        return _expanded(expressions, bounds, sign)


def _expanded(
    keys: Sequence[sa.ColumnElement[Any]], bounds: Sequence[sa.ColumnElement[Any]], sign: str
) -> sa.ColumnElement[bool]:
    """A comparison of rows spelled out, with a bound on the first key alone, by which an index is entered."""
    strict, or_same = sign[0], f"{sign[0]}="
    condition: sa.ColumnElement[bool] = keys[-1].op(sign, is_comparison=True)(bounds[-1])
    pairs = list(zip(keys, bounds, strict=True))
    for key, bound in reversed(pairs[:-1]):
        condition = sa.or_(
            key.op(strict, is_comparison=True)(bound),
            sa.and_(key.op("=", is_comparison=True)(bound), condition),
        )
    first, first_bound = pairs[0]
    return sa.and_(first.op(or_same, is_comparison=True)(first_bound), condition)


def _there(relation: Relation, name: str) -> Column:
    found = relation.columns_by_name.get(name)
    if found is None:
        raise DatabaseFailed(
            f"the table {relation.table.full} has no column {name!r}, which is a key of the bookmark. "
            "Give other keys (jobBookmarkKeys) and another transformation_ctx, or reset the bookmark."
        )
    if found.key_type is None:
        raise DatabaseFailed(
            f"the column {name} of {relation.table.full} has the type {found.sql_type}, which has no order "
            "that a bookmark could follow. Give other keys: jobBookmarkKeys."
        )
    return found


def chunks(found: Sequence[Interval], size: int) -> list[tuple[Interval, ...]]:
    """The intervals in lists of at most `size`."""
    remaining = iter(found)
    return list(iter(lambda: tuple(islice(remaining, size)), ()))
