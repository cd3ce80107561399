"""GlueContext: reading, writing, and everything of SQLContext that scripts use."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from pyspark.sql import DataFrame, SparkSession

from awsglue._arguments import note_ignored
from awsglue._catalog_context import CatalogContext
from awsglue._choice_context import ChoiceContext
from awsglue._ingestion_context import IngestionContext
from awsglue._jdbc_context import JdbcContext
from awsglue._purge_context import PurgeContext
from awsglue._readers import DynamicFrameReader, DynamicFrameWriter
from awsglue._sample_context import SampleContext
from awsglue._sql_context import Logger, SqlContext
from awsglue._stream_context import StreamContext
from awsglue._unavailable_context import UnavailableContext
from awsglue.data_sink import DataSink, PendingWrite
from awsglue.data_source import DataSource, PendingRead
from awsglue.dataframereader import DataFrameReader
from awsglue.dataframewriter import DataFrameWriter
from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from awsglue.utils import makeOptions
from placekeeper.runtime.run import current
from placekeeper.runtime.run.script_options import frame_name, options_of, table_in, table_name_of

_OF_TASKS: Final = frozenset({"minPartitions", "targetPartitions"})
_READ_KWARGS: Final = _OF_TASKS | {"useConnectionProperties"}


def register(sc: object) -> None:
    """Nothing to register: there is no JVM to prepare."""


class GlueContext(
    CatalogContext,
    ChoiceContext,
    IngestionContext,
    JdbcContext,
    PurgeContext,
    SampleContext,
    SqlContext,
    StreamContext,
    UnavailableContext,
):
    """The entry point of a Glue script."""

    Spark_SQL_Formats = {"parquet", "orc"}  # noqa: RUF012 - AWS's constants
    Unsupported_Compression_Types = {"lzo"}  # noqa: RUF012

    def __init__(self, sparkContext: object = None, **options: Any) -> None:
        self._session = current.session()
        super().__init__(sparkContext if isinstance(sparkContext, SparkSession) else self._session.spark)
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.create_data_frame = DataFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)
        self.write_data_frame = DataFrameWriter(self)

    def getSource(
        self,
        connection_type: str,
        format: str | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **options: Any,
    ) -> DataSource:
        """A source; its options are connection options."""
        pending = PendingRead(connection_type, makeOptions(None, options), transformation_ctx, format)
        pending.push_down_predicate = push_down_predicate
        return DataSource(pending, self, frame_name(options))

    def create_dynamic_frame_from_rdd(
        self,
        data: Any,
        name: str,
        schema: Any = None,
        sample_ratio: float | None = None,
        transformation_ctx: str = "",
    ) -> DynamicFrame:
        """A frame of data that the script has."""
        return DynamicFrame.fromDF(self.createDataFrame(data, schema, sample_ratio), self, name)

    def create_dynamic_frame_from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
        **kwargs: Any,
    ) -> DynamicFrame:
        """A frame of a catalog table; `name_space` is an old name of `database`."""
        name = table_name_of(database, table_name, kwargs)
        self._note_unknown("create_dynamic_frame.from_catalog", kwargs, _READ_KWARGS | {"name_space"})
        if catalog_id:
            self._session.note(f"catalog_id '{catalog_id}' has no effect: there is one catalog")
        frame = self._session.read_table(
            name,
            push_down_predicate,
            options_of("additional_options", additional_options),
            transformation_ctx,
        )
        return DynamicFrame(frame, self, name[1])

    def create_data_frame_from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
        **kwargs: Any,
    ) -> DataFrame:
        """A DataFrame of a catalog table, read as create_dynamic_frame reads it, bookmark included."""
        return self.create_dynamic_frame_from_catalog(
            database,
            table_name,
            redshift_tmp_dir,
            transformation_ctx,
            push_down_predicate,
            additional_options,
            catalog_id,
            **kwargs,
        ).toDF()

    def create_dynamic_frame_from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **kwargs: Any,
    ) -> DynamicFrame:
        """A frame of a source; its bookmark is kept under `transformation_ctx`."""
        self._note_unknown("create_dynamic_frame.from_options", kwargs)
        options = options_of("connection_options", connection_options)
        pending = PendingRead(connection_type, options, transformation_ctx, format)
        pending.format_options = options_of("format_options", format_options)
        pending.push_down_predicate = push_down_predicate
        return DataSource(pending, self, frame_name(options)).getFrame()

    def create_data_frame_from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **kwargs: Any,
    ) -> DataFrame:
        """A DataFrame of a source, read as create_dynamic_frame reads it, bookmark included."""
        return self.create_dynamic_frame_from_options(
            connection_type,
            connection_options,
            format,
            format_options,
            transformation_ctx,
            push_down_predicate,
            **kwargs,
        ).toDF()

    def getSink(
        self, connection_type: str, format: str | None = None, transformation_ctx: str = "", **options: Any
    ) -> DataSink:
        """A target; its options are connection options."""
        pending = PendingWrite(connection_type, dict(options), transformation_ctx, format)
        pending.table = table_in(options)
        return DataSink(pending, self)

    def write_dynamic_frame_from_options(
        self,
        frame: DynamicFrame,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
    ) -> DynamicFrame | DynamicFrameCollection:
        """Write a frame; the frame of its errors, which is always empty."""
        return self.write_from_options(
            frame, connection_type, connection_options, format, format_options, transformation_ctx
        )

    def write_from_options(
        self,
        frame_or_dfc: DynamicFrame | DynamicFrameCollection,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: Any = {},
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        **kwargs: Any,
    ) -> DynamicFrame | DynamicFrameCollection:
        """Write a frame, or each frame of a collection in a folder of its name."""
        self._note_unknown("write_from_options", kwargs, known={"accumulator_size"})
        options = options_of("connection_options", connection_options)
        pending = PendingWrite(connection_type, options, transformation_ctx, format or None)
        pending.table = table_in(options)
        pending.format_options = options_of("format_options", format_options)
        return DataSink(pending, self).write(frame_or_dfc)

    def get_logger(self) -> Logger:
        """A logger that writes to the error stream."""
        return Logger()

    def currentTimeMillis(self) -> int:
        """The time in epoch milliseconds."""
        return self._session.now_ms()

    def _note_unknown(
        self, method: str, kwargs: Mapping[str, Any], known: Collection[str] = _READ_KWARGS
    ) -> None:
        for name in sorted(kwargs.keys() & _OF_TASKS):
            self._session.note(
                f"{method}: the argument '{name}' has no effect: files are cut into tasks by bytes. Call "
                "repartition(n) of the frame"
            )
        note_ignored(method, kwargs.keys() - known)
