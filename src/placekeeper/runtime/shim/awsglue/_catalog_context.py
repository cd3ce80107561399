"""What GlueContext does with tables of the Data Catalog beside reading them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from awsglue._arguments import note_ignored
from awsglue._sql_context import SqlContext
from awsglue.data_sink import DataSink, PendingWrite
from placekeeper.runtime.run import current
from placekeeper.runtime.run.script_options import options_of, table_name_of

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class CatalogContext(SqlContext):
    """A part of GlueContext."""

    def tableNames(self, dbName: str | None = None) -> list[str]:
        """The names of a database's tables, in the Data Catalog or else the engine's, and of the views."""
        known = None if dbName is None else current.session().table_names(dbName)
        return super().tableNames(dbName) if known is None else [*known, *self._views()]

    def tables(self, dbName: str | None = None) -> DataFrame:
        """The same as a DataFrame: namespace, tableName and isTemporary."""
        known = None if dbName is None else current.session().table_names(dbName)
        if dbName is None or known is None:
            return super().tables(dbName)
        rows = [(dbName.lower(), name, False) for name in known]
        rows += [("", name, True) for name in self._views()]
        return self.createDataFrame(rows, "namespace string, tableName string, isTemporary boolean")

    def _views(self) -> list[str]:
        return [table.name for table in self.spark_session.catalog.listTables() if table.isTemporary]

    def write_dynamic_frame_from_catalog(
        self,
        frame: "DynamicFrame",
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
        **kwargs: Any,
    ) -> "DynamicFrame":
        """Write to a catalog table, at its location and in its format; the frame of errors, always empty."""
        sink = self._table_sink(
            "write_dynamic_frame.from_catalog",
            database,
            table_name,
            additional_options,
            transformation_ctx,
            kwargs,
        )
        return sink.writeFrame(frame)

    def write_data_frame_from_catalog(
        self,
        frame: DataFrame,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
        **kwargs: Any,
    ) -> DataFrame:
        """The same of a DataFrame, which is returned."""
        sink = self._table_sink(
            "write_data_frame.from_catalog",
            database,
            table_name,
            additional_options,
            transformation_ctx,
            kwargs,
        )
        return sink.writeDataFrame(frame, self)  # type: ignore[arg-type]  # GlueContext is one of these

    def get_catalog_schema_as_spark_schema(
        self, database: str | None = None, table_name: str | None = None, catalog_id: str | None = None
    ) -> StructType:
        """The columns and partition keys of a catalog table, as Spark's schema."""
        return current.session().table_schema(table_name_of(database, table_name, {}))

    def _table_sink(
        self,
        method: str,
        database: str | None,
        table_name: str | None,
        additional_options: Mapping[str, Any],
        transformation_ctx: str,
        kwargs: Mapping[str, Any],
    ) -> DataSink:
        name = table_name_of(database, table_name, kwargs)
        note_ignored(method, kwargs.keys() - {"name_space"})
        options = options_of("additional_options", additional_options)
        pending = PendingWrite("catalog", options, transformation_ctx, table=name)
        return DataSink(pending, self)  # type: ignore[arg-type]  # GlueContext is one of these
