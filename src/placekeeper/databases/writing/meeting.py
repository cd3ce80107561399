"""How staged rows meet the table of a write as it is after the script's own preactions.

These make tables and change columns, while the rows were staged for the table as it was before them.
Source: docs/reference/database-writes.md#write-preactions.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from placekeeper.databases.writing.inspection import inspector_of
from placekeeper.databases.writing.load import qualified, quoted
from placekeeper.databases.writing.products import family
from placekeeper.databases.writing.statements import staging_of
from placekeeper.databases.writing.target import find_table
from placekeeper.model.errors import PublishFailed
from placekeeper.model.publication import RowsWritten
from placekeeper.model.wording import listed
from placekeeper.rules.databases.staging_names import ATTEMPT

Columns = Mapping[str, Any]
"""Columns as a database describes them, by their names in lower case."""


def met(connection: sa.Connection, effect: RowsWritten) -> tuple[RowsWritten, str | None]:
    """The effect with table and columns named as they are now, and what selects its rows in their types.

    The selection is None where nothing is different. Raises PublishFailed for a column that the table does
    not have, and for a value that its type would change.
    """
    inspector = inspector_of(connection)
    table = find_table(inspector, effect.table)
    if not effect.preactions or table is None or not effect.columns:
        return effect, None
    there = _columns(inspector, table.schema, table.name)
    if missing := [name for name in effect.columns if name.lower() not in there]:
        raise PublishFailed(
            f"{effect.login.place}: after preactions the table {table.full} has no column {listed(missing)}: "
            f"it has {listed([column['name'] for column in there.values()])}"
        )
    named = {name: str(there[name.lower()]["name"]) for name in effect.columns}
    now = replace(
        effect,
        table=table,
        columns=tuple(named.values()),
        keys=tuple(named.get(key, key) for key in effect.keys),
    )
    if family(effect.login.product) == "sqlite":  # its columns take what comes
        return now, _selection(connection, effect, now, {})
    staging = staging_of(effect)
    staged = _columns(inspector, staging.schema, staging.name)
    types = {name: there[name.lower()]["type"] for name in effect.columns}
    dialect = connection.dialect
    different = {
        name: wanted
        for name, wanted in types.items()
        if wanted.compile(dialect=dialect) != staged[name.lower()]["type"].compile(dialect=dialect)
    }
    for name, wanted in different.items():
        _refuse_changed(connection, effect, sa.column(name, staged[name.lower()]["type"]), wanted)
    return now, _selection(connection, effect, now, different)


def _columns(inspector: sa.Inspector, schema: str, table: str) -> Columns:
    return {column["name"].lower(): column for column in inspector.get_columns(table, schema=schema or None)}


def _refuse_changed(
    connection: sa.Connection, effect: RowsWritten, column: sa.ColumnClause[Any], wanted: Any
) -> None:
    """Raises PublishFailed for the first value that is another in the type of the table's column."""
    if isinstance(wanted, sa.Float):  # to the nearest, as in a table that was there
        return
    made = sa.cast(column, wanted)
    back = made if family(effect.login.product) == "mysql" else sa.cast(made, column.type)
    staging = staging_of(effect)
    rows = sa.table(staging.name, column, sa.column(ATTEMPT), schema=staging.schema or None)
    changed = (
        sa.select(sa.cast(column, sa.String))
        .select_from(rows)
        .where(rows.c[ATTEMPT].in_(list(effect.attempts)), back.is_distinct_from(column))
        .limit(1)
    )
    found = connection.execute(changed).first()
    if found is not None:
        sql_type = wanted.compile(dialect=connection.dialect).lower()
        raise PublishFailed(
            f"{effect.login.place}: after preactions the column {column.name} of {effect.table.full} is "
            f"{sql_type}, which does not take {found[0]!r} exactly. "
            "Cast the column in the frame, or change the statement"
        )


def _selection(
    connection: sa.Connection, effect: RowsWritten, now: RowsWritten, types: Mapping[str, Any]
) -> str | None:
    """The rows that count, with the names and types of the table's columns."""
    if effect.columns == now.columns and not types:
        return None
    parts = []
    casts = {} if family(effect.login.product) == "mysql" else types  # MySQL converts by itself
    names = zip(
        effect.columns, quoted(connection, effect.columns), quoted(connection, now.columns), strict=True
    )
    for plain, staged, named in names:
        wanted = casts.get(plain)
        value = (
            staged if wanted is None else f"CAST({staged} AS {wanted.compile(dialect=connection.dialect)})"
        )
        parts.append(f"{value} AS {named}")
    staging = qualified(connection, staging_of(effect))
    attempts = ", ".join(str(int(attempt)) for attempt in effect.attempts)
    counted = f"{ATTEMPT} IN ({attempts})" if attempts else "1 = 0"
    return f"SELECT {', '.join(parts)} FROM {staging} WHERE {counted}"  # noqa: S608 - names, types, numbers
