"""Tables that a write makes in the place of others: Spark's mode overwrite with other columns.

Where statements that make tables are part of a transaction, the old table is dropped and the new one made in
that of the rows. MySQL commits at them. There the rows go to a table of another name, see swaps.py.
Source: docs/reference/database-writes.md#write-spark.
"""

from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from placekeeper.databases.writing.earlier import Earlier
from placekeeper.databases.writing.inspection import inspector_of
from placekeeper.databases.writing.load import qualified
from placekeeper.databases.writing.products import family, written_product
from placekeeper.databases.writing.statements import creation
from placekeeper.databases.writing.target import find_table
from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.publication import RowsWritten
from placekeeper.ports.databases import WriteAsked

_NEEDED_BY: Final = MappingProxyType(
    {
        "mysql": """
SELECT CONCAT('a foreign key of ', table_name, ' refers to it')
FROM information_schema.referential_constraints
WHERE unique_constraint_schema = COALESCE(NULLIF(:place, ''), DATABASE()) AND referenced_table_name = :name
AND NOT (constraint_schema = unique_constraint_schema AND table_name = referenced_table_name)
UNION ALL SELECT CONCAT('it has the trigger ', trigger_name) FROM information_schema.triggers
WHERE event_object_schema = COALESCE(NULLIF(:place, ''), DATABASE()) AND event_object_table = :name
""",
        "postgresql": """
WITH it AS (SELECT c.oid, c.relowner, c.relkind, c.relispartition, c.relrowsecurity FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = :name AND n.nspname = COALESCE(NULLIF(:place, ''), current_schema()))
SELECT 'the view ' || CAST(r.ev_class AS regclass) || ' reads it' FROM it
    JOIN pg_depend d ON d.refobjid = it.oid AND d.classid = CAST('pg_rewrite' AS regclass)
    JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> it.oid
UNION ALL SELECT 'a foreign key of ' || CAST(k.conrelid AS regclass) || ' refers to it' FROM it
    JOIN pg_constraint k ON k.confrelid = it.oid AND k.contype = 'f' AND k.conrelid <> it.oid
UNION ALL SELECT 'it belongs to ' || pg_get_userbyid(it.relowner) FROM it
    WHERE NOT pg_has_role(it.relowner, 'USAGE')
UNION ALL SELECT 'it has row level security' FROM it WHERE relrowsecurity
UNION ALL SELECT 'it has partitions' FROM it WHERE relkind = 'p'
UNION ALL SELECT 'it is a foreign table' FROM it WHERE relkind = 'f'
UNION ALL SELECT CASE WHEN it.relispartition THEN 'it is a partition of ' ELSE 'it inherits from ' END
    || CAST(i.inhparent AS regclass) FROM it JOIN pg_inherits i ON i.inhrelid = it.oid
UNION ALL SELECT 'the table ' || CAST(i.inhrelid AS regclass) || ' inherits from it' FROM it
    JOIN pg_inherits i ON i.inhparent = it.oid
UNION ALL SELECT 'it has the trigger ' || t.tgname FROM it
    JOIN pg_trigger t ON t.tgrelid = it.oid AND NOT t.tgisinternal
UNION ALL SELECT 'it has the policy ' || p.polname FROM it JOIN pg_policy p ON p.polrelid = it.oid
UNION ALL SELECT 'it has the rule ' || r.rulename FROM it
    JOIN pg_rewrite r ON r.ev_class = it.oid AND it.relkind <> 'v'
UNION ALL SELECT 'the publication ' || p.pubname || ' has it' FROM it
    JOIN pg_publication_rel r ON r.prrelid = it.oid JOIN pg_publication p ON p.oid = r.prpubid
LIMIT 1
""",
        "sqlite": """
SELECT 'it has the trigger ' || name FROM sqlite_master
WHERE type = 'trigger' AND lower(tbl_name) = lower(:name) AND :place IS NOT NULL
""",
    }
)
"""What keeps a table from being dropped, and what it has that a new one would not have, in words."""


def make_table(connection: sa.Connection, effect: RowsWritten) -> None:
    """Make the table of an effect, if it makes one. One that is made anew is dropped before."""
    there = find_table(inspector_of(connection), effect.table) if effect.made else None
    if not effect.made or (there is not None and not effect.anew):
        return
    if there is not None:
        connection.exec_driver_sql(f"DROP TABLE {qualified(connection, there)}")
    try:
        connection.exec_driver_sql(creation(connection, effect))
    except SQLAlchemyError:  # another process has made it in this moment
        commits = written_product(effect.login.product).ddl_commits
        if not commits or find_table(inspector_of(connection), effect.table) is None:
            raise


def is_other(asked: WriteAsked, columns: frozenset[str]) -> bool:
    """Whether a frame has other columns than a table, whose names in lower case these are."""
    return bool(asked.schema.names) and {name.lower() for name in asked.schema.names} != columns


def made_by(asked: WriteAsked) -> RowsWritten | None:
    """The earlier write of the run that makes the table, if it is there and that write drops it."""
    earlier = Earlier.of(asked).made
    return earlier if earlier is not None and earlier.anew else None


def check_replaceable(connection: sa.Connection, login: Login, table: DatabaseTable) -> None:
    """Raises UnsupportedFeature for a table that cannot be dropped and made again as one step."""
    product, why = login.product, None
    if (question := _NEEDED_BY.get(family(product))) is not None:
        names = {"place": table.schema, "name": table.name}
        why = connection.execute(sa.text(question), names).scalar()
    elif written_product(product).ddl_commits:
        why = f"{product} commits at that, so that readers could find no table"
    if table.name in inspector_of(connection).get_view_names(schema=table.schema or None):
        why = "it is a view"
    if why:
        raise UnsupportedFeature(
            f"mode overwrite with other columns than {table.full} has drops it and makes it again, and {why}."
            " Give the frame the columns of the table and say truncate=true; or make the table yourself, "
            "with the columns of the frame"
        )
