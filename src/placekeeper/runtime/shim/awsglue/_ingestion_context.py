"""Columns of the time at which rows came in, as a part of GlueContext."""

from pyspark.sql import DataFrame

from awsglue.dynamicframe import DynamicFrame
from placekeeper.runtime.frames.ingestion import with_ingestion_time
from placekeeper.runtime.run import current


class IngestionContext:
    """A part of GlueContext."""

    def add_ingestion_time_columns(self, frame: DataFrame | DynamicFrame, time_granularity: str) -> DataFrame:
        """The DataFrame with ingest_year, ingest_month, ingest_day and, by granularity, hour and minute."""
        dataframe = frame.toDF() if isinstance(frame, DynamicFrame) else frame
        return with_ingestion_time(dataframe, time_granularity, current.session().now_ms())
