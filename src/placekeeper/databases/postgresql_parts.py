"""Parts of a table of PostgreSQL: ranges of blocks where much of it is read, else of its first key."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from placekeeper.databases import statements
from placekeeper.databases.columns import Column, Relation
from placekeeper.databases.dialect import Dialect
from placekeeper.databases.parts import at_bounds, quoted
from placekeeper.model.databases import Part, Rows

_WIDE: Final = 0.2
"""From this share of the rows on, reading all blocks once is cheaper than going by an index."""

_BLOCKS: Final = """
SELECT pg_relation_size(CAST(format('%I.%I', CAST(:schema AS text), CAST(:name AS text)) AS regclass))
    / CAST(current_setting('block_size') AS bigint)
"""
_HISTOGRAM: Final = """
SELECT CAST(CAST(histogram_bounds AS text) AS text[]) FROM pg_stats
WHERE schemaname = :schema AND tablename = :name AND attname = :column AND NOT inherited
"""
_INSIDE: Final = """
SELECT bound FROM unnest(CAST(:bounds AS text[])) WITH ORDINALITY AS found(bound, position)
WHERE {conditions} ORDER BY position
"""
_TID_RANGE_SCAN: Final = (14,)


def parts_of(
    dialect: Dialect, connection: Connection, relation: Relation, rows: Rows, wanted: int
) -> Sequence[Part]:
    """See ports.databases.DatabaseSession."""
    has_blocks = relation.is_stored and (connection.dialect.server_version_info or ()) >= _TID_RANGE_SCAN
    if has_blocks and (not (rows.ranges or rows.ids) or _is_wide(dialect, connection, relation, rows)):
        return _by_blocks(connection, relation, wanted)
    if rows.keys is None or len(rows.ranges) != 1 or rows.ids:
        return ()
    return _by_histogram(connection, relation, rows, wanted)


def _is_wide(dialect: Dialect, connection: Connection, relation: Relation, rows: Rows) -> bool:
    """Whether the planner expects a good part of the table; so where it knows nothing."""
    if not relation.rows:
        return True
    expected = 0
    for statement in statements.selects(dialect, relation, rows, is_sorted=False):
        compiled = statement.compile(dialect=connection.dialect)
        plan: Any = connection.exec_driver_sql(
            f"EXPLAIN (FORMAT JSON) {compiled}", compiled.params
        ).scalar_one()
        expected += plan[0]["Plan"]["Plan Rows"]
    return expected >= relation.rows * _WIDE


def _by_blocks(connection: Connection, relation: Relation, wanted: int) -> Sequence[Part]:
    named = {"schema": relation.table.schema, "name": relation.table.name}
    blocks = int(connection.execute(sa.text(_BLOCKS), named).scalar_one())
    width = -(-blocks // wanted)
    bounds = [f"'({width * step},0)'" for step in range(1, wanted) if width * step < blocks]
    return at_bounds("ctid", False, bounds)


def _by_histogram(connection: Connection, relation: Relation, rows: Rows, wanted: int) -> Sequence[Part]:
    if rows.keys is None:
        return ()
    column = relation.columns_by_name[rows.keys.columns[0]]
    if column.key_type == "bytes":
        return ()
    asked = {"schema": relation.table.schema, "name": relation.table.name, "column": column.name}
    found = connection.execute(sa.text(_HISTOGRAM), asked).scalar()
    bounds = _inside(connection, rows, column, found) if found else []
    step = max(1, len(bounds) // wanted)
    chosen = bounds[step - 1 :: step][: wanted - 1]
    literals = [f"'{_escaped(bound)}'::{column.bound}" for bound in chosen]
    return at_bounds(quoted(connection, column.name), column.nullable and rows.nulls, literals)


def _inside(connection: Connection, rows: Rows, column: Column, bounds: list[str]) -> list[str]:
    """The values of a histogram that lie in the range of the first key."""
    (range,) = rows.ranges
    ends = (range.after, range.upto)
    if rows.keys is not None and rows.keys.descending:
        ends = (range.upto, range.after)
    conditions = [
        f"CAST(bound AS {column.bound}) {sign} CAST(:{name} AS {column.bound})"
        for sign, name, end in ((">", "low", ends[0]), ("<=", "high", ends[1]))
        if end is not None
    ]
    asked = {name: end[0].text for name, end in zip(("low", "high"), ends, strict=True) if end is not None}
    statement = _INSIDE.format(conditions=" AND ".join(conditions) or "true")
    return list(connection.execute(sa.text(statement), {"bounds": bounds, **asked}).scalars())


def _escaped(text: str) -> str:
    return text.replace("'", "''")
