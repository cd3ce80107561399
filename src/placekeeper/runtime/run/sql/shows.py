"""SHOW and DESCRIBE over the Data Catalog, with the columns of Spark's answers."""

from collections.abc import Sequence
from typing import Any, Final

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame
from pyspark.sql.types import BooleanType, StringType, StructField, StructType

from placekeeper.model.catalog import TableRef, columns_of, key_types
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.partition_values import NULL_VALUE
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.sql.calls import Calls, comments_of, like
from placekeeper.runtime.run.sql.names import Name, Names
from placekeeper.runtime.sink.hive import folder
from placekeeper.runtime.sql.cursor import Cursor
from placekeeper.runtime.types.hive import described_type

_DATABASES: Final = ("databases", "schemas", "namespaces")
_IN: Final = ("in", "from")
_ENGINES: Final = frozenset({"functions", "catalogs", "user", "system", "all", "locks"})

Row = tuple[Any, ...]


class Shows:
    """Answers SHOW and DESCRIBE."""

    def __init__(self, context: RunContext, names: Names, calls: Calls) -> None:
        self._context = context
        self._names = names
        self._calls = calls

    def answer(self, cursor: Cursor) -> DataFrame | None:
        """The answer to a statement; None for one that the engine answers.

        Raises AnalysisException, NotUnderstood, and UnsupportedFeature for one that nobody answers.
        """
        if cursor.take_one("describe", "desc"):
            return self._described(cursor)
        cursor.need("show")
        if cursor.take_one(*_DATABASES):
            return self._show_databases(cursor)
        if cursor.take("tables"):
            return self._show_tables(cursor)
        if cursor.take("partitions"):
            return self._show_partitions(cursor)
        if cursor.take("columns"):
            return self._show_columns(cursor)
        if cursor.take("tblproperties"):
            return self._show_properties(cursor)
        if cursor.take("views"):
            views = [("", name, True) for name in self._names.views()]
            return self._frame(views, "namespace", "viewName", "isTemporary")
        if cursor.take("current"):
            return self._frame([("spark_catalog", self._names.database)], "catalog", "namespace")
        if cursor.words(1)[0:1] and cursor.words(1)[0] in _ENGINES:
            return None
        raise UnsupportedFeature(
            f"{' '.join(cursor.text.split()[:3]).upper()} is not there: SHOW DATABASES, TABLES, PARTITIONS, "
            "COLUMNS and TBLPROPERTIES are, and DESCRIBE EXTENDED"
        )

    def of_schema(self, schema: StructType) -> DataFrame:
        """The answer to DESCRIBE QUERY."""
        rows = [(field.name, field.dataType.simpleString(), None) for field in schema.fields]
        return self._frame(rows, "col_name", "data_type", "comment")

    def _show_databases(self, cursor: Cursor) -> DataFrame:
        if cursor.take_one(*_IN):
            cursor.name()
        pattern = self._pattern(cursor)
        names = [one.name for one in self._calls.databases()]
        return self._frame([(name,) for name in names if like(name, pattern)], "namespace")

    def _show_tables(self, cursor: Cursor) -> DataFrame | None:
        database = self._names.database
        if cursor.take_one(*_IN):
            parts = cursor.name()
            if self._names.is_engines_database(parts):
                return None
            database = self._names.database_of(parts)
        pattern = self._pattern(cursor)
        tables = [(database, name, False) for name in self._calls.table_names(database)]
        rows = [*tables, *(("", name, True) for name in self._names.views())]
        return self._frame(
            [row for row in rows if like(row[1], pattern)], "namespace", "tableName", "isTemporary"
        )

    def _pattern(self, cursor: Cursor) -> str | None:
        cursor.take("like")
        pattern = cursor.string() if cursor.is_at_string else None
        cursor.end()
        return pattern

    def _show_partitions(self, cursor: Cursor) -> DataFrame:
        name, spec = self._table(cursor)
        wanted = {}
        if cursor.take("partition"):
            inside = cursor.inside()
            while not inside.is_at_end:
                key = inside.identifier().lower()
                inside.need("=")
                wanted[key] = inside.literal()
                inside.take(",")
        cursor.end()
        keys = [key for key, _ in key_types(spec)]
        if not keys:
            raise AnalysisException(
                f"[INVALID_PARTITION_OPERATION] The table {'.'.join(name)} is not partitioned."
            )
        found = self._context.client.table(TableRef(database=name[0], name=name[1])).partitions or ()
        rows = [
            (_folder(keys, partition.values),)
            for partition in found
            if all(
                dict(zip(keys, partition.values, strict=True)).get(key) == value
                for key, value in wanted.items()
            )
        ]
        return self._frame(sorted(rows), "partition")

    def _show_columns(self, cursor: Cursor) -> DataFrame | None:
        cursor.take_one(*_IN)
        parts = cursor.name()
        if cursor.take_one(*_IN):
            parts = (self._names.database_of(cursor.name()), parts[-1])
        cursor.end()
        name = self._names.of_catalog(parts)
        if name is None:
            columns = self._view_schema(parts).names
        else:
            columns = [column for column, _ in columns_of(self._names.spec(name))]
        return self._frame([(column,) for column in columns], "col_name")

    def _show_properties(self, cursor: Cursor) -> DataFrame:
        _, spec = self._table(cursor)
        properties = sorted((spec.get("Parameters") or {}).items())
        if not cursor.is_at_end:
            inside = cursor.inside()
            wanted = inside.string() if inside.is_at_string else ".".join(inside.name())
            properties = [(key, value) for key, value in properties if key == wanted]
        cursor.end()
        return self._frame(properties, "key", "value")

    def _described(self, cursor: Cursor) -> DataFrame | None:
        if cursor.take("function"):
            return None
        if cursor.take_one("database", "schema", "namespace"):
            return self._described_database(cursor)
        cursor.take("table")
        is_whole = bool(cursor.take_one("extended", "formatted"))
        parts = cursor.name()
        column = None if cursor.is_at_end else ".".join(cursor.name())
        cursor.end()
        name = self._names.of_catalog(parts)
        if name is None:
            rows: list[Row] = [
                (field.name, field.dataType.simpleString(), None) for field in self._view_schema(parts).fields
            ]
            spec: dict[str, Any] = {}
        else:
            spec = self._names.spec(name)
            comments = comments_of(spec)
            rows = [(one, described_type(type), comments.get(one)) for one, type in columns_of(spec)]
        if column is not None:
            return self._described_column(rows, column)
        if keys := [key for key, _ in key_types(spec)]:
            rows += [
                ("# Partition Information", "", ""),
                ("# col_name", "data_type", "comment"),
                *(row for row in rows if row[0] in keys),
            ]
        if is_whole and name is not None:
            rows += [("", "", ""), ("# Detailed Table Information", "", ""), *_details(name, spec)]
        return self._frame(rows, "col_name", "data_type", "comment")

    def _described_column(self, rows: Sequence[Row], column: str) -> DataFrame:
        found = next((row for row in rows if row[0].lower() == column.lower()), None)
        if found is None:
            there = ", ".join(row[0] for row in rows)
            raise AnalysisException(
                f"[COLUMN_NOT_FOUND] The column {column} cannot be found. The columns are {there}."
            )
        told = [("col_name", found[0]), ("data_type", found[1]), ("comment", found[2] or "NULL")]
        return self._frame(told, "info_name", "info_value")

    def _described_database(self, cursor: Cursor) -> DataFrame:
        is_whole = cursor.take("extended")
        told = self._calls.database(self._names.database_of(cursor.name()))
        cursor.end()
        rows = [
            ("Catalog Name", "spark_catalog"),
            ("Namespace Name", told.name),
            ("Comment", told.description or ""),
            ("Location", told.location or ""),
            *([("Properties", "")] if is_whole else []),
        ]
        return self._frame(rows, "info_name", "info_value")

    def _view_schema(self, parts: tuple[str, ...]) -> StructType:
        found = self._names.view(parts[0]) if len(parts) == 1 else None
        return self._context.engine.session.table(found or ".".join(parts)).schema

    def _table(self, cursor: Cursor) -> tuple[Name, dict[str, Any]]:
        parts = cursor.name()
        name = self._names.of_catalog(parts)
        if name is None:
            raise AnalysisException(f"[EXPECT_TABLE_NOT_VIEW] {'.'.join(parts)} is a view, and not a table.")
        return name, self._names.spec(name)

    def _frame(self, rows: Sequence[Row], *names: str) -> DataFrame:
        """Rows of texts; a name that begins with `is` is one of true or false."""
        fields = [
            StructField(name, BooleanType() if name.startswith("is") else StringType()) for name in names
        ]
        return self._context.engine.session.createDataFrame(list(rows), StructType(fields))


def _folder(keys: Sequence[str], values: Sequence[str]) -> str:
    return folder(keys, [None if value == NULL_VALUE else value for value in values]).rstrip("/")


def _details(name: Name, spec: dict[str, Any]) -> list[Row]:
    """What DESCRIBE EXTENDED says of a table beside its columns."""
    storage = spec.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    parameters = ",".join(f"{key}={value}" for key, value in sorted((spec.get("Parameters") or {}).items()))
    told = [
        ("Catalog", "spark_catalog"),
        ("Database", name[0]),
        ("Table", name[1]),
        ("Comment", spec.get("Description")),
        ("Owner", spec.get("Owner")),
        (
            "Type",
            {"EXTERNAL_TABLE": "EXTERNAL", "VIRTUAL_VIEW": "VIEW"}.get(
                spec.get("TableType") or "", "MANAGED"
            ),
        ),
        ("Table Properties", f"[{parameters}]"),
        ("Location", storage.get("Location")),
        ("Serde Library", serde.get("SerializationLibrary")),
        ("InputFormat", storage.get("InputFormat")),
        ("OutputFormat", storage.get("OutputFormat")),
        ("Partition Provider", "Catalog"),
    ]
    return [(label, value, "") for label, value in told if value]
