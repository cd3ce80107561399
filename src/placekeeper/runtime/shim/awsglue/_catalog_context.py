"""What GlueContext does with tables of the Data Catalog beside reading them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from awsglue.data_sink import DataSink, PendingWrite
from placekeeper.runtime.run import current
from placekeeper.runtime.run.script_options import options_of, table_name_of

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class CatalogContext:
    """A part of GlueContext."""

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
        for unknown in kwargs.keys() - {"name_space"}:
            current.session().note(f"{method} ignored the unknown argument '{unknown}'")
        options = options_of("additional_options", additional_options)
        pending = PendingWrite("catalog", options, transformation_ctx, table=name)
        return DataSink(pending, self)  # type: ignore[arg-type]  # GlueContext is one of these
