"""`spark.read` and `df.write` of the format jdbc, as reads and writes of the run.

Source: docs/reference/databases.md#jdbc-of-spark.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pyspark.errors import AnalysisException

from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.errors import TableNotThere, UnsupportedFeature, UsageError
from placekeeper.runtime.connectors.base import Asked
from placekeeper.runtime.connectors.database_logins import asked_database
from placekeeper.runtime.engines.frame_files import FrameWrite
from placekeeper.runtime.engines.jdbc import FORMAT
from placekeeper.runtime.run.context import RunContext

_LOGIN: Final = ("url", "dbtable")
_MODES: Final = ("append", "overwrite")


def read_options(options: Mapping[str, Any], predicates: Sequence[str]) -> dict[str, Any]:
    """The options of a read. With predicates, the rows are those of each of them, one after the other.

    Raises UsageError where something is missing.
    """
    said = {name: value for name, value in options.items() if value is not None}
    named = {name.lower(): value for name, value in said.items()}
    if not named.get("url"):
        raise UsageError(
            "spark.read of jdbc needs the option url, such as 'jdbc:postgresql://host:5432/shop'"
        )
    if not predicates:
        return said
    table = named.get("dbtable")
    if not table or isinstance(predicates, str) or not all(isinstance(one, str) for one in predicates):
        raise UsageError("spark.read.jdbc needs a table, and predicates are a list of SQL conditions")
    parts = [f"SELECT * FROM {table} WHERE ({one})" for one in predicates]  # noqa: S608 - all three are SQL
    return {
        **{name: value for name, value in said.items() if name.lower() != "dbtable"},
        "query": " UNION ALL ".join(parts),
    }


def write_options(context: RunContext, write: FrameWrite) -> dict[str, Any] | None:
    """The options of a write, None of one that is left out: in the mode ignore, where the table is there.

    Raises AnalysisException in the mode error where the table is there, as Spark does, and what a database
    raises. Raises UsageError where url or table is missing, and UnsupportedFeature for partitions.
    """
    named = {name.lower(): value for name, value in write.options.items()}
    missing = [name for name in _LOGIN if not named.get(name)]
    if missing:
        raise UsageError(f"df.write of the format jdbc needs the option {missing[0]}")
    if write.partition_by or write.has_buckets:
        raise UnsupportedFeature("df.write of the format jdbc has no partitionBy or bucketBy: leave it out")
    mode = write.mode.lower()
    if mode in _MODES:
        keeps = {} if named.get("truncate") else {"truncate": "false"}  # which is Spark's default
        return {**write.options, **keeps, "mode": mode}
    table = _table_there(context, write.options)
    if table and mode == "ignore":
        context.note(f"df.write: {table} is there already, so that nothing was written")
        return None
    if table:
        raise AnalysisException(
            f"[TABLE_OR_VIEW_ALREADY_EXISTS] The table {table} already exists. Choose a different name, or "
            'say .mode("append") or .mode("overwrite")'
        )
    return dict(write.options)


def _table_there(context: RunContext, options: Mapping[str, Any]) -> str:
    """The name of the table that options name, "" if the database has none."""
    found = asked_database(context, Asked(connection_type=FORMAT, options=options), own=options)
    if found.relation is None:
        raise UsageError("df.write of the format jdbc needs the name of a table as the option dbtable")
    for one in context.rows_waiting(found.login.place):
        if one.table.is_named_as(found.relation):
            return one.table.full
    with SqlDatabases().at(found.login).session() as session:
        try:
            return session.shape(found.relation).table.full
        except TableNotThere:
            return ""
