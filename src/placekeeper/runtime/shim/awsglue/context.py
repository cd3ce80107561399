"""GlueContext: reading, writing, and everything of SQLContext that scripts use."""

import os.path
import uuid

from pyspark.sql import SparkSession

from awsglue._absent import CATALOG, absent
from awsglue._readers import DynamicFrameReader, DynamicFrameWriter
from awsglue._sql_context import Logger, SqlContext
from awsglue.data_sink import DataSink, PendingWrite
from awsglue.data_source import DataSource, PendingRead
from awsglue.dataframereader import DataFrameReader
from awsglue.dataframewriter import DataFrameWriter
from awsglue.dynamicframe import DynamicFrame
from awsglue.utils import makeOptions
from placekeeper.runtime.connectors.options import options_of
from placekeeper.runtime.run import current

_PURGE = "delete the objects with boto3 or the file system after job.commit()"
_STREAM = "use Spark's own Structured Streaming on an engine that has it"
_JDBC = "write frame.toDF() with the database's own client"
_READ_KWARGS = frozenset({"minPartitions", "targetPartitions", "useConnectionProperties"})


def register(sc):
    """Nothing to register: there is no JVM to prepare."""


class GlueContext(SqlContext):
    """The entry point of a Glue script."""

    Spark_SQL_Formats = {"parquet", "orc"}  # noqa: RUF012 - AWS's constants
    Unsupported_Compression_Types = {"lzo"}  # noqa: RUF012

    def __init__(self, sparkContext=None, **options):
        self._session = current.session()
        super().__init__(sparkContext if isinstance(sparkContext, SparkSession) else self._session.spark)
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.create_data_frame = DataFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)
        self.write_data_frame = DataFrameWriter(self)

    def _get_glue_scala_context(self, **options):
        absent("the Scala GlueContext", "there is no JVM behind it: use GlueContext's own methods")

    def getSource(
        self, connection_type, format=None, transformation_ctx="", push_down_predicate="", **options
    ):
        """A source; its options are connection options."""
        _no_push_down(push_down_predicate)
        pending = PendingRead(connection_type, makeOptions(None, options), transformation_ctx, format)
        return DataSource(pending, self, _frame_name(options))

    def getStreamingSource(
        self, connection_type, format=None, transformation_ctx="", push_down_predicate="", **options
    ):
        """Not there yet."""
        absent("getStreamingSource", _STREAM)

    def get_catalog_schema_as_spark_schema(self, database=None, table_name=None, catalog_id=None):
        """Not there yet."""
        absent("the Data Catalog (get_catalog_schema_as_spark_schema)", CATALOG)

    def create_dynamic_frame_from_rdd(
        self, data, name, schema=None, sample_ratio=None, transformation_ctx=""
    ):
        """A frame of data that the script has."""
        return DynamicFrame.fromDF(self.createDataFrame(data, schema, sample_ratio), self, name)

    def create_dynamic_frame_from_catalog(
        self,
        database=None,
        table_name=None,
        redshift_tmp_dir="",
        transformation_ctx="",
        push_down_predicate="",
        additional_options={},
        catalog_id=None,
        **kwargs,
    ):
        """A frame of a catalog table; `name_space` is an old name of `database`."""
        _check_table(database, table_name, kwargs)
        self._note_unknown("create_dynamic_frame.from_catalog", kwargs, _READ_KWARGS | {"name_space"})
        frame = self._session.read_table(
            (kwargs.get("name_space", database), table_name),
            push_down_predicate,
            options_of("additional_options", additional_options),
            transformation_ctx,
        )
        return DynamicFrame(frame, self, table_name)

    def create_data_frame_from_catalog(
        self,
        database=None,
        table_name=None,
        redshift_tmp_dir="",
        transformation_ctx="",
        push_down_predicate="",
        additional_options={},
        catalog_id=None,
        **kwargs,
    ):
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
        connection_type,
        connection_options={},
        format=None,
        format_options={},
        transformation_ctx="",
        push_down_predicate="",
        **kwargs,
    ):
        """A frame of a source; its bookmark is kept under `transformation_ctx`."""
        _no_push_down(push_down_predicate)
        self._note_unknown("create_dynamic_frame.from_options", kwargs)
        options = options_of("connection_options", connection_options)
        pending = PendingRead(connection_type, options, transformation_ctx, format)
        pending.format_options = options_of("format_options", format_options)
        return DataSource(pending, self, _frame_name(options)).getFrame()

    def create_sample_dynamic_frame_from_catalog(
        self,
        database=None,
        table_name=None,
        num=None,
        sample_options={},
        redshift_tmp_dir="",
        transformation_ctx="",
        push_down_predicate="",
        additional_options={},
        catalog_id=None,
        erieTxId="",
        asOfTime="",
        **kwargs,
    ):
        """Not there yet."""
        absent("the Data Catalog (create_sample_dynamic_frame_from_catalog)", CATALOG)

    def create_sample_dynamic_frame_from_options(
        self,
        connection_type,
        connection_options={},
        num=None,
        sample_options={},
        format=None,
        format_options={},
        transformation_ctx="",
        push_down_predicate="",
        **kwargs,
    ):
        """Not there yet."""
        absent(
            "create_sample_dynamic_frame_from_options",
            "use create_dynamic_frame.from_options(…).toDF().limit(num)",
        )

    def create_data_frame_from_options(
        self,
        connection_type,
        connection_options={},
        format=None,
        format_options={},
        transformation_ctx="",
        push_down_predicate="",
        **kwargs,
    ):
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

    def getSink(self, connection_type, format=None, transformation_ctx="", **options):
        """A target; its options are connection options."""
        _no_catalog_update(options)
        return DataSink(PendingWrite(connection_type, dict(options), transformation_ctx, format), self)

    def write_dynamic_frame_from_options(
        self,
        frame,
        connection_type,
        connection_options={},
        format=None,
        format_options={},
        transformation_ctx="",
    ):
        """Write a frame; the frame of its errors, which is always empty."""
        return self.write_from_options(
            frame, connection_type, connection_options, format, format_options, transformation_ctx
        )

    def write_from_options(
        self,
        frame_or_dfc,
        connection_type,
        connection_options={},
        format={},
        format_options={},
        transformation_ctx="",
        **kwargs,
    ):
        """Write a frame, or each frame of a collection in a folder of its name."""
        self._note_unknown("write_from_options", kwargs, known={"accumulator_size"})
        options = options_of("connection_options", connection_options)
        _no_catalog_update(options)
        pending = PendingWrite(connection_type, options, transformation_ctx, format or None)
        pending.format_options = options_of("format_options", format_options)
        return DataSink(pending, self).write(frame_or_dfc)

    def write_dynamic_frame_from_catalog(
        self,
        frame,
        database=None,
        table_name=None,
        redshift_tmp_dir="",
        transformation_ctx="",
        additional_options={},
        catalog_id=None,
        **kwargs,
    ):
        """Not there yet."""
        _check_table(database, table_name, kwargs)
        absent("the Data Catalog (write_dynamic_frame.from_catalog)", CATALOG)

    def write_data_frame_from_catalog(
        self,
        frame,
        database=None,
        table_name=None,
        redshift_tmp_dir="",
        transformation_ctx="",
        additional_options={},
        catalog_id=None,
        **kwargs,
    ):
        """Not there yet."""
        _check_table(database, table_name, kwargs)
        absent("the Data Catalog (write_data_frame.from_catalog)", CATALOG)

    def write_dynamic_frame_from_jdbc_conf(
        self,
        frame,
        catalog_connection,
        connection_options={},
        redshift_tmp_dir="",
        transformation_ctx="",
        catalog_id=None,
    ):
        """Not there yet."""
        absent("write_dynamic_frame.from_jdbc_conf", _JDBC)

    def write_from_jdbc_conf(
        self,
        frame_or_dfc,
        catalog_connection,
        connection_options={},
        redshift_tmp_dir="",
        transformation_ctx="",
        catalog_id=None,
    ):
        """Not there yet."""
        absent("write_from_jdbc_conf", _JDBC)

    def convert_resolve_option(self, path, action, target):
        """Not there yet."""
        absent("convert_resolve_option", "it is internal to AWS Glue: use DynamicFrame's methods")

    def extract_jdbc_conf(self, connection_name, catalog_id=None):
        """Not there yet."""
        absent("extract_jdbc_conf", "pass the connection's url, user and password as job arguments")

    def purge_table(self, database, table_name, options={}, transformation_ctx="", catalog_id=None):
        """Not there yet."""
        absent("purge_table", _PURGE)

    def purge_s3_path(self, s3_path, options={}, transformation_ctx=""):
        """Not there yet."""
        absent("purge_s3_path", _PURGE)

    def transition_table(
        self, database, table_name, transition_to, options={}, transformation_ctx="", catalog_id=None
    ):
        """Not there yet."""
        absent("transition_table", "use a lifecycle rule of the bucket")

    def transition_s3_path(self, s3_path, transition_to, options={}, transformation_ctx=""):
        """Not there yet."""
        absent("transition_s3_path", "use a lifecycle rule of the bucket")

    def get_logger(self):
        """A logger that writes to the error stream."""
        return Logger()

    def currentTimeMillis(self):
        """The time in epoch milliseconds."""
        return self._session.now_ms()

    def getSampleStreamingDynamicFrame(self, frame, options={}, batch_function=None):
        """Not there yet."""
        absent("getSampleStreamingDynamicFrame", _STREAM)

    def forEachBatch(self, frame, batch_function, options={}):
        """Not there yet."""
        absent("forEachBatch", _STREAM)

    def add_ingestion_time_columns(self, frame, time_granularity):
        """Not there yet."""
        absent("add_ingestion_time_columns", "add the columns with frame.withColumn")

    def start_transaction(self, read_only):
        """Not there: the product behind it is retired."""
        absent("start_transaction (Lake Formation governed tables)", "AWS retired governed tables")

    def commit_transaction(self, transaction_id, wait_for_commit=True):
        """Not there: the product behind it is retired."""
        absent("commit_transaction (Lake Formation governed tables)", "AWS retired governed tables")

    def cancel_transaction(self, transaction_id):
        """Not there: the product behind it is retired."""
        absent("cancel_transaction (Lake Formation governed tables)", "AWS retired governed tables")

    def _note_unknown(self, method, kwargs, known=_READ_KWARGS):
        for name in kwargs.keys() - known:
            self._session.note(f"{method} ignored the unknown argument '{name}'")


def _no_push_down(predicate):
    if predicate:
        absent("push_down_predicate", "name the partitions in 'paths', or filter the frame")


def _no_catalog_update(options):
    if str(options.get("enableUpdateCatalog", "")).lower() == "true":
        absent(
            "enableUpdateCatalog (updating the Data Catalog)",
            "leave it and setCatalogInfo out: the files are written without it",
        )


def _check_table(database, table_name, kwargs):
    """AWS's own checks come first."""
    if database is not None and "name_space" in kwargs:
        raise Exception("Parameter name_space and database are both specified, choose one.")
    if database is None and "name_space" not in kwargs:
        raise Exception("Parameter name_space or database is missing.")
    if table_name is None:
        raise Exception("Parameter table_name is missing.")


def _frame_name(options):
    """The common prefix of the paths without ':', '/' and '.'; else something unique."""
    paths = options.get("paths") or [options.get("path") or ""]
    names = [str(path) for path in (paths if isinstance(paths, list | tuple) else [paths])]
    prefix = os.path.commonprefix(names)  # noqa: RUF071 - character by character, as AWS does
    return prefix.translate(str.maketrans("", "", ":/.")) or str(uuid.uuid4())
