"""What tells a table of MySQL and MariaDB from one of its name that was emptied or made anew.

TRUNCATE makes a new table of InnoDB with the old definition. What else makes one changes the definition too.
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from placekeeper.databases.columns import Relation
from placekeeper.model.databases import Past, TableMark

_DEFINED: Final = """
SELECT CAST(t.create_time AS char) AS made, CONVERT(CONCAT(
    CONVERT(CONVERT(t.table_schema USING filename) USING binary), '/',
    CONVERT(CONVERT(t.table_name USING filename) USING binary)
) USING utf8mb4) AS stored_as
FROM information_schema.tables t
WHERE t.table_schema = COALESCE(NULLIF(:place, ''), DATABASE()) AND t.table_name = :name
"""
"""InnoDB names tables as their files. The session's zone is UTC, so that times can be compared."""

_FILES: Final = "SELECT CAST(table_id AS char) FROM information_schema.{view} WHERE name = :stored_as"
_VIEWS: Final = ("INNODB_SYS_TABLES", "INNODB_TABLES")
"""MariaDB's, and that of MySQL since 8.0."""

_NOT_THERE: Final = 1109
_NO_RIGHT: Final = 1227


def table_mark(connection: Connection, relation: Relation) -> TableMark | None:
    """The mark of the moment; without its files where the user lacks the right PROCESS."""
    named = {"place": relation.table.schema, "name": relation.table.name}
    found = connection.execute(sa.text(_DEFINED), named).one_or_none()
    if found is None or found.made is None:  # a view
        return None
    return TableMark(found.made, _files(connection, found.stored_as), "", 0)


def past(was: TableMark, now: TableMark) -> Past:
    """What became of a table whose column the database counts: its numbers go back with its rows alone.

    A table that was dropped and made again looks as one that ALTER TABLE has copied.
    """
    if not was.files or not now.files:
        return "unknown"
    if was.files == now.files:
        return "kept" if was.table == now.table else "unknown"
    return "emptied" if was.table == now.table else "unknown"


def _files(connection: Connection, stored_as: str) -> str:
    """The id of the table in InnoDB; "" where nobody tells: for other engines, and without the right."""
    for view in _VIEWS:
        try:
            rows = connection.execute(sa.text(_FILES.format(view=view)), {"stored_as": stored_as}).all()
        except DBAPIError as error:
            code = error.orig.args[:1] if error.orig is not None else ()
            if code == (_NO_RIGHT,):
                return ""
            if code != (_NOT_THERE,):
                raise
        else:
            return str(rows[0][0]) if len(rows) == 1 else ""
    return ""
