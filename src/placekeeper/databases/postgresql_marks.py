"""What tells a table of PostgreSQL from one of its name that was emptied or made anew.

`TRUNCATE` gives a table new files, as `VACUUM FULL` does, which keeps rows and who made them. With `RESTART
IDENTITY` it gives new files to the sequences too.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from placekeeper.databases.columns import Relation, selectable
from placekeeper.model.databases import Past, TableMark
from placekeeper.rules.databases.marks import since_then

_MARK: Final = """
SELECT CAST(c.oid AS text) AS id, CAST(c.relfilenode AS text) AS files, (
    SELECT COALESCE(string_agg(CAST(s.relfilenode AS text), ' ' ORDER BY s.oid), '')
    FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    WHERE d.classid = CAST('pg_class' AS regclass) AND d.refclassid = CAST('pg_class' AS regclass)
        AND d.refobjid = c.oid AND d.deptype IN ('a', 'i')
) AS numbers
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = :name AND n.nspname = :schema
"""
_NEXT_XID: Final = "SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"


def table_mark(connection: Connection, relation: Relation) -> TableMark | None:
    """The mark of the moment; None for views and for tables whose rows do not tell who made them."""
    if not relation.has_versions:
        return None
    named = {"name": relation.table.name, "schema": relation.table.schema}
    found = connection.execute(sa.text(_MARK), named).one_or_none()
    if found is None:
        return None
    return TableMark(found.id, found.files, found.numbers, _next_xid(connection))


def past(connection: Connection, relation: Relation, was: TableMark, now: TableMark) -> Past:
    """What became of a table. Other files hold its rows and its counters after TRUNCATE RESTART IDENTITY.

    ALTER TABLE may write all rows again, and the counters with them: then nobody can tell.
    """
    since = since_then(was.next_xid, _next_xid(connection))
    if since is None:
        return "unknown"
    if _has_rows_before(connection, relation, was.next_xid, since):
        return "kept"
    if was.files == now.files or was.numbers == now.numbers:
        return "unknown"
    return "emptied" if was.table == now.table else "replaced"


def _has_rows_before(connection: Connection, relation: Relation, xid: int, since: int) -> bool:
    """Whether a row is of none of the transactions since an id. Frozen rows keep the id of theirs."""
    table = selectable(relation.table, relation.columns)
    old: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(table)
    old = old.where(sa.text(f"NOT ({made_since(xid, since)})"))
    return connection.execute(old.limit(1)).first() is not None


def made_since(xid: int, most: int = 2**31) -> str:
    """The condition of rows that one of `most` transactions from an id on made.

    Ids 1 and 2 are older than all others; those have 32 bits.
    """
    made = "CAST(CAST(xmin AS text) AS bigint)"
    return f"{made} >= 3 AND ({made} - {xid % 2**32} + 4294967296) % 4294967296 < {most}"


def _next_xid(connection: Connection) -> int:
    return int(connection.exec_driver_sql(_NEXT_XID).scalar_one())
