"""`spark.catalog` over the Data Catalog."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from pyspark.errors import AnalysisException
from pyspark.sql import catalog as spark_catalog

from placekeeper.model.catalog import DatabaseTold, columns_of, key_types
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.missing_names import unknown_database
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.sql.names import CATALOG, DEFAULT, Name, Names, parts_of
from placekeeper.runtime.types.hive import described_type

_BY_SQL: Final = {
    "dropTable": "DROP TABLE",
    "dropView": "DROP VIEW",
    "createDatabase": "CREATE DATABASE",
    "dropDatabase": "DROP DATABASE",
    "listPartitions": "SHOW PARTITIONS",
    "getTableProperties": "SHOW TBLPROPERTIES",
    "getCreateTableString": "DESCRIBE EXTENDED",
    "truncateTable": "INSERT OVERWRITE",
    "analyzeTable": "nothing, for no statistics are needed,",
}
"""Methods of Spark Connect that Glue's Spark does not have, and the statements that are there."""

_TABLE_TYPES: Final = {"EXTERNAL_TABLE": "EXTERNAL", "VIRTUAL_VIEW": "VIEW"}


class Calls:
    """Answers the methods of `spark.catalog` as Spark does, of our databases and the engine's views."""

    def __init__(self, context: RunContext, names: Names) -> None:
        self._context = context
        self._names = names

    def answer(self, call: str, catalog: Any, *args: Any, **named: Any) -> Any:
        """What a method of `spark.catalog` answers."""
        if self._names.is_elsewhere and call not in ("currentCatalog", "setCurrentCatalog"):
            return self._names.engine[call](catalog, *args, **named)
        if call in _BY_SQL:
            raise UnsupportedFeature(f"spark.catalog.{call} is not there: say {_BY_SQL[call]} by spark.sql")
        method: Callable[..., Any] = getattr(self, f"_{call}")
        return method(catalog, *args, **named)

    def databases(self) -> Sequence[DatabaseTold]:
        """The databases of the catalog, by name."""
        return self._context.client.databases().databases

    def table_names(self, database: str) -> Sequence[str]:
        """The names of a database's tables. Raises AnalysisException for one that is not there."""
        names = self._context.client.table_names(database).names
        if names is None and database == DEFAULT:
            return ()  # there by definition, as in Spark
        if names is None:
            raise self._no_database(database)
        return names

    def use(self, database: str) -> None:
        """Make a database the one of names without one. Raises AnalysisException."""
        self.table_names(database)
        self._names.database = database

    def database(self, name: str) -> DatabaseTold:
        """A database. Raises AnalysisException."""
        found = next((one for one in self.databases() if one.name == name.lower()), None)
        if found is None:
            raise self._no_database(name)
        return found

    def _no_database(self, name: str) -> AnalysisException:
        there = [one.name for one in self.databases()]
        return AnalysisException(
            f"[SCHEMA_NOT_FOUND] The schema `{name}` cannot be found. {unknown_database(name, there)}"
        )

    def _currentCatalog(self, catalog: Any) -> str:  # noqa: N802
        return str(self._names.engine["currentCatalog"](catalog)) if self._names.is_elsewhere else CATALOG

    def _setCurrentCatalog(self, catalog: Any, catalogName: str) -> None:  # noqa: N802, N803
        if catalogName.lower() != CATALOG or self._names.is_elsewhere:
            self._names.engine["setCurrentCatalog"](catalog, catalogName)

    def _currentDatabase(self, _catalog: Any) -> str:  # noqa: N802
        return self._names.database

    def _setCurrentDatabase(self, _catalog: Any, dbName: str) -> None:  # noqa: N802, N803
        self.use(dbName.lower())

    def _listDatabases(self, _catalog: Any, pattern: str | None = None) -> list[Any]:  # noqa: N802
        return [_database(one) for one in self.databases() if like(one.name, pattern)]

    def _getDatabase(self, _catalog: Any, dbName: str) -> Any:  # noqa: N802, N803
        return _database(self.database(_database_name(self._names, dbName)))

    def _databaseExists(self, _catalog: Any, dbName: str) -> bool:  # noqa: N802, N803
        name = _database_name(self._names, dbName)
        return name == DEFAULT or self._context.client.table_names(name).names is not None

    def _listTables(  # noqa: N802
        self,
        catalog: Any,
        dbName: str | None = None,  # noqa: N803
        pattern: str | None = None,
    ) -> list[Any]:
        if dbName is not None and dbName.lower() == "global_temp":
            return list(self._names.engine["listTables"](catalog, dbName))
        database = self._names.database if dbName is None else _database_name(self._names, dbName)
        tables = [
            _table(name=name, namespace=[database], tableType="EXTERNAL", isTemporary=False)
            for name in self.table_names(database)
        ]
        views = [
            _table(name=name, catalog=None, namespace=[], tableType="TEMPORARY", isTemporary=True)
            for name in self._names.views()
        ]
        return [table for table in (*tables, *views) if like(table.name, pattern)]

    def _getTable(self, catalog: Any, tableName: str) -> Any:  # noqa: N802, N803
        name = self._of_catalog(tableName)
        if name is None:
            return self._names.engine["getTable"](catalog, tableName)
        spec = self._names.spec(name)
        kind = _TABLE_TYPES.get(spec.get("TableType") or "", "MANAGED")
        return _table(
            name=name[1],
            namespace=[name[0]],
            description=spec.get("Description"),
            tableType=kind,
            isTemporary=False,
        )

    def _tableExists(  # noqa: N802
        self,
        catalog: Any,
        tableName: str,  # noqa: N803
        dbName: str | None = None,  # noqa: N803
    ) -> bool:
        name = self._of_catalog(tableName, dbName)
        if name is None:
            return bool(self._names.engine["tableExists"](catalog, tableName, dbName))
        try:
            return self._names.known(name) is not None
        except AnalysisException:
            return False  # nor is its database there

    def _listColumns(  # noqa: N802
        self,
        catalog: Any,
        tableName: str,  # noqa: N803
        dbName: str | None = None,  # noqa: N803
    ) -> list[Any]:
        name = self._of_catalog(tableName, dbName)
        if name is None:
            return list(self._names.engine["listColumns"](catalog, tableName, dbName))
        spec = self._names.spec(name)
        keys = {key.lower() for key, _ in key_types(spec)}
        comments = comments_of(spec)
        return [
            _column(
                name=column,
                description=comments.get(column),
                dataType=described_type(type),
                isPartition=column.lower() in keys,
            )
            for column, type in columns_of(spec)
        ]

    def _createTable(self, catalog: Any, tableName: str, *args: Any, **named: Any) -> Any:  # noqa: N802, N803
        if self._of_catalog(tableName) is None:
            return self._names.engine["createTable"](catalog, tableName, *args, **named)
        raise UnsupportedFeature(
            "spark.catalog.createTable is not there: say spark.sql('CREATE TABLE …'), or write the rows with "
            "df.write.saveAsTable"
        )

    _createExternalTable = _createTable  # noqa: N815

    def _listViews(self, catalog: Any, dbName: str | None = None, pattern: str | None = None) -> list[Any]:  # noqa: N802, N803
        return [one for one in self._listTables(catalog, dbName, pattern) if one.isTemporary]

    def _recoverPartitions(self, _catalog: Any, tableName: str) -> None:  # noqa: N802, N803
        self._context.engine.session.sql(f"MSCK REPAIR TABLE {tableName}")

    def _refreshTable(self, catalog: Any, tableName: str) -> None:  # noqa: N802, N803
        if self._of_catalog(tableName) is None:
            self._names.engine["refreshTable"](catalog, tableName)

    def _cacheTable(self, catalog: Any, tableName: str, *args: Any, **named: Any) -> None:  # noqa: N802, N803
        if self._of_catalog(tableName) is None:
            self._names.engine["cacheTable"](catalog, tableName, *args, **named)
        else:
            self._context.note(
                f"spark.catalog.cacheTable({tableName!r}) has no effect: each query reads the table anew"
            )

    def _uncacheTable(self, catalog: Any, tableName: str) -> None:  # noqa: N802, N803
        if self._of_catalog(tableName) is None:
            self._names.engine["uncacheTable"](catalog, tableName)

    def _isCached(self, catalog: Any, tableName: str) -> bool:  # noqa: N802, N803
        if self._of_catalog(tableName) is None:
            return bool(self._names.engine["isCached"](catalog, tableName))
        return False

    def _of_catalog(self, table: str, database: str | None = None) -> Name | None:
        """The table of the catalog that a name in an argument means; None for the engine's own."""
        if database is not None:
            return self._names.without_views([_database_name(self._names, database), table])
        parts = parts_of(table)
        return None if parts is None else self._names.of_catalog(parts)


def _database_name(names: Names, text: str) -> str:
    parts = parts_of(text)
    return text.lower() if parts is None else names.database_of(parts)


def like(name: str, pattern: str | None) -> bool:
    """Whether a name is like a pattern of Spark's: `*` for any letters, `|` between patterns."""
    if pattern is None:
        return True
    parts = [".*".join(map(re.escape, part.split("*"))) for part in pattern.strip().lower().split("|")]
    return any(re.fullmatch(part, name.lower()) for part in parts)


def comments_of(spec: dict[str, Any]) -> dict[str, str]:
    """The comments on the columns of a table, by their names."""
    columns = (
        *((spec.get("StorageDescriptor") or {}).get("Columns") or ()),
        *(spec.get("PartitionKeys") or ()),
    )
    return {column["Name"]: column["Comment"] for column in columns if column.get("Comment")}


def _database(told: DatabaseTold) -> Any:
    return spark_catalog.Database(
        name=told.name, catalog=CATALOG, description=told.description, locationUri=told.location or ""
    )


def _table(**fields: Any) -> Any:
    return spark_catalog.Table(**{"catalog": CATALOG, "description": None, **fields})


def _column(**fields: Any) -> Any:
    made = {"nullable": True, "isPartition": False, "isBucket": False, "isCluster": False, **fields}
    return spark_catalog.Column(**{name: made[name] for name in spark_catalog.Column._fields})
