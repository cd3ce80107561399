"""Statements about tables of the catalog that are not done here, and what to do instead."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood, Parts


class Refusal(Struct, frozen=True):
    """A statement that is refused if `target` is a table of the catalog, and why.

    An empty target: it is refused in any case.
    """

    target: Parts
    sentence: str


_REWRITE: Final = (
    "the files of a table cannot be changed in place. Read the table, make the rows as they shall be, and "
    "write them with INSERT OVERWRITE"
)
_LAKE: Final = "On an Iceberg or Delta table, run on Spark with its jars and its own catalog (--conf)"

_STATEMENTS: Final[Mapping[tuple[str, ...], str]] = MappingProxyType(
    {
        ("merge", "into"): f"MERGE INTO is not there: {_REWRITE}. {_LAKE}",
        ("update",): f"UPDATE is not there: {_REWRITE}. {_LAKE}",
        ("delete", "from"): f"DELETE is not there: {_REWRITE}. {_LAKE}",
        ("truncate", "table"): "TRUNCATE TABLE is not there: say glueContext.purge_table(database, table, "
        "{'retentionPeriod': 0})",
        ("analyze", "table"): "ANALYZE TABLE is not there: no statistics are needed here. Leave the "
        "statement out",
        ("load", "data"): "LOAD DATA is not there: write the files into the table's folder, or use "
        "INSERT INTO",
        ("create", "view"): "CREATE VIEW is not there, because other runs could not tell what it reads: say "
        "CREATE TEMPORARY VIEW, or make the view with aws glue create-table",
        (
            "alter",
            "view",
        ): "ALTER VIEW is not there: make a temporary view anew, or use aws glue update-table",
    }
)


def refusal_of(statement: str) -> Refusal | None:
    """The refusal of a statement; None for one that is not among them."""
    cursor = Cursor(statement)
    for words, sentence in _STATEMENTS.items():
        if cursor.take(*words) or (words[0] == "create" and cursor.take("create", "or", "replace", "view")):
            cursor.take("if", "not", "exists")
            return Refusal(_target(cursor), sentence)
    return None


def _target(cursor: Cursor) -> Parts:
    try:
        return cursor.name()
    except NotUnderstood:
        return ()
