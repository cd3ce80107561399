"""What can be seen of staged rows before they are published: keys that are there twice, or already."""

from collections.abc import Sequence

import sqlalchemy as sa

from placekeeper.databases.writing.earlier import Earlier
from placekeeper.databases.writing.statements import staging_of
from placekeeper.databases.writing.target import ForeignKey, TargetTable
from placekeeper.model.databases import DatabaseTable
from placekeeper.model.errors import ValueUnwritable
from placekeeper.model.publication import RowsWritten
from placekeeper.ports.databases import WriteAsked
from placekeeper.rules.databases.staging_names import ATTEMPT

_REMEDY = "Nothing of the write is visible."


def check_rows(
    connection: sa.Connection,
    staging: DatabaseTable,
    attempts: Sequence[int],
    asked: WriteAsked,
    columns: Sequence[str],
    keys: Sequence[str],
    target: TargetTable | None,
) -> None:
    """Raises ValueUnwritable for rows that the table, which is None if not there yet, cannot take.

    Statements of the script may change the table before the rows come: then only the rows are looked at.
    """
    if not attempts:
        return
    rows = _rows(staging, columns, attempts)
    unique = [tuple(keys)] if keys else []
    earlier = Earlier.of(asked)
    if earlier.made is not None and earlier.made.keys and earlier.made.keys not in unique:
        unique.append(earlier.made.keys)
    if target is not None:
        unique += [one for one in target.unique if set(one) <= set(columns) and one not in unique]
    for one in unique:
        _refuse_twice(connection, rows, one, asked)
    for key in keys:
        _refuse_null(connection, rows, key)
    if asked.may_change or earlier.is_unknown:
        return
    if asked.mode == "append":
        for one in unique:
            for effect in earlier.added:
                if set(one) <= set(effect.columns):
                    _refuse_waiting(connection, rows, one, effect)
    if target is None:
        return
    if asked.mode == "append" and not earlier.replaces:
        for one in unique:
            _refuse_there(connection, rows, one, target.table)
    for foreign in target.foreign:
        is_later = any(effect.table.is_named_as(foreign.table) for effect in asked.waiting)
        if set(foreign.columns) <= set(columns) and foreign.table != target.table and not is_later:
            _refuse_orphans(connection, rows, foreign, target.table)


def _refuse_waiting(
    connection: sa.Connection, rows: sa.Subquery, key: Sequence[str], effect: RowsWritten
) -> None:
    there = _rows(staging_of(effect), key, effect.attempts, "earlier")
    same = sa.and_(*(there.c[name] == rows.c[name] for name in key))
    query = sa.select(*(rows.c[name] for name in key)).where(sa.exists().where(same)).limit(1)
    found = connection.execute(query).first()
    if found is not None:
        raise ValueUnwritable(
            f"an earlier write of this run puts a row with the key {_told(key, found)} into "
            f"{effect.table.full} already. {_REMEDY} Give upsertKeys to change such rows"
        )


def _rows(
    staging: DatabaseTable, columns: Sequence[str], attempts: Sequence[int], alias: str = "staged"
) -> sa.Subquery:
    named = sa.table(
        staging.name,
        *(sa.column(name) for name in (*columns, ATTEMPT)),
        schema=staging.schema or None,
    )
    counted = named.c[ATTEMPT].in_(list(attempts))
    return sa.select(*(named.c[name] for name in columns)).where(counted).subquery(alias)


def _refuse_twice(
    connection: sa.Connection, rows: sa.Subquery, key: Sequence[str], asked: WriteAsked
) -> None:
    parts = [rows.c[name] for name in key]
    no_null = sa.and_(*(part.is_not(None) for part in parts))
    twice = sa.select(*parts).where(no_null).group_by(*parts).having(sa.func.count() > 1).limit(1)
    found = connection.execute(twice).first()
    if found is not None:
        raise ValueUnwritable(
            f"several rows have the key {_told(key, found)}, unique in {asked.table.full}. {_REMEDY} "
            "Keep one of them: frame.toDF().dropDuplicates([…])"
        )


def _refuse_null(connection: sa.Connection, rows: sa.Subquery, key: str) -> None:
    column = rows.c[key]
    if connection.execute(sa.select(sa.literal(1)).where(column.is_(None)).limit(1)).first() is not None:
        raise ValueUnwritable(
            f"a row has null in {key}, which upsertKeys names: null equals nothing. {_REMEDY} Filter such "
            "rows, or give them a value"
        )


def _refuse_there(
    connection: sa.Connection, rows: sa.Subquery, key: Sequence[str], table: DatabaseTable
) -> None:
    there = sa.table(table.name, *(sa.column(name) for name in key), schema=table.schema or None)
    same = sa.and_(*(there.c[name] == rows.c[name] for name in key))
    query = sa.select(*(rows.c[name] for name in key)).where(sa.exists().where(same)).limit(1)
    found = connection.execute(query).first()
    if found is not None:
        raise ValueUnwritable(
            f"the table {table.full} has a row with the key {_told(key, found)} already. {_REMEDY} Give "
            "upsertKeys to change such rows, or mode 'overwrite' to replace all"
        )


def _refuse_orphans(
    connection: sa.Connection, rows: sa.Subquery, foreign: ForeignKey, table: DatabaseTable
) -> None:
    other = sa.table(
        foreign.table.name,
        *(sa.column(name) for name in foreign.referred),
        schema=foreign.table.schema or table.schema or None,
    )
    pairs = list(zip(foreign.columns, foreign.referred, strict=True))
    same = sa.and_(*(other.c[referred] == rows.c[own] for own, referred in pairs))
    no_null = sa.and_(*(rows.c[own].is_not(None) for own, _ in pairs))
    query = sa.select(*(rows.c[own] for own, _ in pairs)).where(no_null, ~sa.exists().where(same)).limit(1)
    found = connection.execute(query).first()
    if found is not None:
        raise ValueUnwritable(
            f"{foreign.table.full} has no row {_told(foreign.referred, found)}, and {table.full} refers to "
            f"it. {_REMEDY} Write that row first"
        )


def _told(key: Sequence[str], values: Sequence[object]) -> str:
    return "(" + ", ".join(f"{name}={value}" for name, value in zip(key, values, strict=True)) + ")"
