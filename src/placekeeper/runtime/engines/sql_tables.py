"""SQL and `spark.catalog` of a script, as engines pass them on to the run, which knows the Data Catalog."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from msgspec import Struct
from pyspark.sql import DataFrame

from placekeeper.runtime.engines.frame_files import FrameWrite
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.table_writer import TableWrite, TableWriter

CATALOG_CALLS: Final = (
    *("currentCatalog", "setCurrentCatalog", "currentDatabase", "setCurrentDatabase", "listDatabases"),
    *("getDatabase", "databaseExists", "listTables", "getTable", "listColumns", "tableExists"),
    *("createTable", "createExternalTable", "recoverPartitions", "refreshTable"),
    *("cacheTable", "uncacheTable", "isCached"),
    *("dropTable", "dropView", "createDatabase", "dropDatabase", "listPartitions", "getTableProperties"),
    *("getCreateTableString", "truncateTable", "analyzeTable", "listViews"),
)
"""The methods of `spark.catalog` that name databases or tables."""

Run = Callable[[str], DataFrame]
"""Gives a statement to the engine, with the arguments that the script has given beside it."""


class SqlTables(Protocol):
    """The run, as far as SQL of its script may name tables of the Data Catalog."""

    def join(self, calls: Mapping[str, Callable[..., Any]]) -> None:
        """Take the engine's own methods: those of `spark.catalog` by their names, and `sql`. Once."""
        ...

    def sql(self, statement: str, run: Run) -> DataFrame:
        """The answer to `spark.sql`; `run` asks the engine."""
        ...

    def table(self, name: str) -> DataFrame | None:
        """The table of `spark.table`; None for one that the engine knows."""
        ...

    def call(self, name: str, catalog: Any, *args: Any, **named: Any) -> Any:
        """The answer to a method of `spark.catalog`."""
        ...

    def check_writer(self, method: str, name: str) -> None:
        """Raise UnsupportedFeature for `df.mergeInto` of a table of the Data Catalog."""
        ...

    def owns(self, name: str) -> bool:
        """Whether a name in `df.writeTo` means a table of the Data Catalog."""
        ...

    def write_to(self, write: TableWrite) -> None:
        """Stage what a `df.writeTo` of a table of the Data Catalog says."""
        ...

    def write_table(self, write: FrameWrite, name: str, *, inserts: bool) -> bool:
        """Stage a saveAsTable, or with `inserts` an insertInto; False if it is the engine's own business."""
        ...


class Classes(Struct, frozen=True):
    """The classes of an engine whose methods a script calls; `context` is its SQLContext, if it has one."""

    session: type
    reader: type
    catalog: type
    frame: type
    context: type | None = None


def install(patches: Patches, tables: SqlTables, classes: Classes) -> None:
    """Have `tables` answer what a script calls of the engine's classes."""
    session, reader, catalog = classes.session, classes.reader, classes.catalog
    engine_sql: Any = vars(session)["sql"]
    engine_table: Any = getattr(session, "table")  # noqa: B009 - of a class that is given
    read_table: Any = getattr(reader, "table")  # noqa: B009
    names = [name for name in CATALOG_CALLS if hasattr(catalog, name)]
    tables.join({"sql": engine_sql, **{name: getattr(catalog, name) for name in names}})

    @functools.wraps(engine_sql)
    def sql(self: Any, sqlQuery: str, *args: Any, **named: Any) -> Any:  # noqa: N803
        return tables.sql(sqlQuery, lambda text: engine_sql(self, text, *args, **named))

    @functools.wraps(engine_table)
    def table(self: Any, tableName: str) -> Any:  # noqa: N803
        found = tables.table(tableName) if isinstance(tableName, str) else None
        return engine_table(self, tableName) if found is None else found

    @functools.wraps(read_table)
    def table_read(self: Any, tableName: str) -> Any:  # noqa: N803
        found = tables.table(tableName) if isinstance(tableName, str) else None
        return read_table(self, tableName) if found is None else found

    patches.attribute(session, "sql", sql)
    patches.attribute(session, "table", table)
    patches.attribute(reader, "table", table_read)
    for name in names:
        patches.attribute(catalog, name, _passed_on(tables, name, getattr(catalog, name)))
    frame: Any = classes.frame
    patches.attribute(frame, "writeTo", _written(tables, frame.writeTo))
    if hasattr(frame, "mergeInto"):
        patches.attribute(frame, "mergeInto", _checked(tables, "mergeInto", frame.mergeInto))
    if classes.context is not None:
        patches.attribute(classes.context, "tables", _tables)
        patches.attribute(classes.context, "tableNames", _table_names)


def _tables(context: Any, dbName: str | None = None) -> Any:  # noqa: N803
    return context.sparkSession.sql("SHOW TABLES" if dbName is None else f"SHOW TABLES IN {dbName}")


def _table_names(context: Any, dbName: str | None = None) -> list[str]:  # noqa: N803
    return [table.name for table in context.sparkSession.catalog.listTables(dbName)]


def _written(tables: SqlTables, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def written(frame: Any, table: str) -> Any:
        return TableWriter(frame, table, tables.write_to) if tables.owns(table) else original(frame, table)

    return written


def _checked(tables: SqlTables, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def checked(frame: Any, table: str, *args: Any, **named: Any) -> Any:
        tables.check_writer(name, table)
        return original(frame, table, *args, **named)

    return checked


def _passed_on(tables: SqlTables, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def called(catalog: Any, *args: Any, **named: Any) -> Any:
        return tables.call(name, catalog, *args, **named)

    return called
