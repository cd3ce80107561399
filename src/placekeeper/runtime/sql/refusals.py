"""Statements about tables of the catalog that are not done here, and what to do instead."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.sql.alterations import alteration_said, database_alteration_said, repair_said
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood, Parts, Wrong
from placekeeper.runtime.sql.definitions import LAKES, database_said, lake_way, table_said


class Refusal(Struct, frozen=True):
    """A statement that is refused if `target` is a table of the catalog, and why.

    An empty target: it is refused in any case.
    """

    target: Parts
    sentence: str


_DATABASE: Final = ("database", "schema", "namespace")
_LAKE_PAGE: Final = "docs/reference/lake-formats.md"
_REPLACE: Final = "is not there: say DROP TABLE IF EXISTS before CREATE TABLE"
NO_REPLACE: Final = f"CREATE OR REPLACE TABLE {_REPLACE}"
_DESCRIBE: Final = "is not there: say DESCRIBE EXTENDED"
_UPKEEP: Final = (
    f"is not there: use the client of the table's format (pyiceberg, deltalake), see {_LAKE_PAGE}. For "
    "tables of files, leave it out"
)
_VIEW: Final = (
    "CREATE VIEW is not there, because other runs could not tell what it reads: say CREATE TEMPORARY VIEW, "
    "or make the view with aws glue create-table"
)
ANOTHER_TIME: Final = "as it was at another time is not read: leave out VERSION AS OF or TIMESTAMP AS OF"

_STATEMENTS: Final[Mapping[tuple[str, ...], str]] = MappingProxyType(
    {
        ("truncate", "table"): "TRUNCATE TABLE is not there: say glueContext.purge_table(database, table, "
        "{'retentionPeriod': 0})",
        ("analyze", "table"): "ANALYZE TABLE is not there: no statistics are needed here. Leave the "
        "statement out",
        ("load", "data"): "LOAD DATA is not there: write the files into the table's folder, or use "
        "INSERT INTO",
        ("create", "or", "replace", "table"): NO_REPLACE,
        ("replace", "table"): f"REPLACE TABLE {_REPLACE}",
        ("show", "create", "table"): f"SHOW CREATE TABLE {_DESCRIBE}",
        ("show", "table", "extended"): f"SHOW TABLE EXTENDED {_DESCRIBE}",
        ("optimize",): f"OPTIMIZE {_UPKEEP}",
        ("vacuum",): f"VACUUM {_UPKEEP}",
        ("comment", "on", "table"): "COMMENT ON TABLE is not there: use aws glue update-table",
        ("create", "view"): _VIEW,
        ("create", "or", "replace", "view"): _VIEW,
        (
            "alter",
            "view",
        ): "ALTER VIEW is not there: make a temporary view anew, or use aws glue update-table",
    }
)


def refusal_of(statement: str) -> Refusal | None:
    """The refusal of a statement that is not done in any form; None for one that is not among them."""
    cursor = Cursor(statement)
    for words, sentence in _STATEMENTS.items():
        if cursor.take(*words):
            if cursor.is_at_string:
                return None  # a path: the engine's
            cursor.take("if", "not", "exists")
            return Refusal(_target(cursor), sentence)
    return None


def form_refusal_of(statement: str, *, is_whole: bool) -> Refusal | None:
    """The refusal of a statement that is done, but not in this form; None where its text has none.

    The run meets it when it does the statement. With `is_whole` the text is all of the statement, so that
    what is not understood is refused, too.
    """
    target = _target_of_form(Cursor(statement))
    try:
        _parse(Cursor(statement))
    except UnsupportedFeature as error:
        return Refusal(target, str(error))
    except NotUnderstood as error:
        return Refusal(target, misunderstood(error)) if is_whole else None
    time = _table_of_another_time(Cursor(statement))
    return None if time is None else Refusal(time, f"{'.'.join(time)} {ANOTHER_TIME}")


def misunderstood(error: NotUnderstood) -> str:
    """What is said of a statement that is not understood, or that says what cannot be."""
    if isinstance(error, Wrong):
        return str(error)
    return (
        f"[PARSE_SYNTAX_ERROR] The statement is not understood: {error}. See docs/reference/sql.md for what "
        "there is."
    )


def writer_refusal(method: str, name: str) -> str:
    """Why `df.mergeInto` is refused for a table of the catalog."""
    return f"df.{method}({name!r}) is not there for tables of the Data Catalog: use df.writeTo"


def format_refusal(format: str) -> str | None:
    """Why saveAsTable does not make a table of a format; None for one of which it does."""
    if format.lower() not in LAKES:
        return None
    return (
        f"saveAsTable does not make a table of {format}: {lake_way(format)}. Then write with "
        "df.write.insertInto"
    )


def _parse(cursor: Cursor) -> None:
    """Read a statement that changes the catalog. Raises NotUnderstood, UnsupportedFeature."""
    if cursor.take("msck"):
        repair_said(cursor)
    elif cursor.take("alter", "table"):
        alteration_said(cursor, cursor.name())
    elif cursor.take("alter") and cursor.take_one(*_DATABASE):
        database_alteration_said(cursor, cursor.name())
    elif cursor.take("create"):
        if cursor.take_one(*_DATABASE):
            database_said(cursor)
            return
        is_external = cursor.take("external")
        if cursor.take("table"):
            table_said(cursor, is_external=is_external)


def _target_of_form(cursor: Cursor) -> Parts:
    """The table or the database of a statement that changes the catalog."""
    cursor.take_one("create", "alter", "msck")
    cursor.take_one("external", "repair")
    cursor.take_one("table", *_DATABASE)
    cursor.take("if", "not", "exists")
    return _target(cursor)


def _table_of_another_time(cursor: Cursor) -> Parts | None:
    """The first table of a query that is asked for as it was; None without one."""
    texts = cursor.texts
    if "of" not in [text.lower() for text in texts]:
        return None
    for place, text in enumerate(texts):
        if text.lower() in ("from", "join"):
            behind = Cursor(" ".join(texts[place + 1 :]))
            name = _target(behind)
            behind.take("for")
            is_timed = behind.take_one("version", "timestamp", "system_version", "system_time")
            if name and is_timed and behind.take("as", "of"):
                return name
    return None


def _target(cursor: Cursor) -> Parts:
    try:
        return cursor.name()
    except NotUnderstood:
        return ()
