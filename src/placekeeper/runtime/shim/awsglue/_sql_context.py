"""What scripts use of SQLContext, on the SparkSession, which every engine has."""

import sys
from typing import Any, Self

from pyspark.sql import DataFrame, DataFrameReader, SparkSession
from pyspark.sql.streaming.readwriter import DataStreamReader


class SqlContext:
    """Delegates to a SparkSession; `SQLContext` itself needs a JVM."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark_session = spark
        self.sparkSession = spark

    @property
    def _ssql_ctx(self) -> "Self":
        return self

    @property
    def _jvm(self) -> Any:
        return self.spark_session.sparkContext._jvm

    @property
    def _jsc(self) -> Any:
        return self.spark_session.sparkContext._jsc

    @property
    def read(self) -> DataFrameReader:
        """Spark's reader."""
        return self.spark_session.read

    @property
    def readStream(self) -> DataStreamReader:
        """Spark's streaming reader."""
        return self.spark_session.readStream

    @property
    def udf(self) -> Any:
        """Registration of functions."""
        return self.spark_session.udf

    def sql(self, sqlQuery: str) -> DataFrame:
        """The result of a statement."""
        return self.spark_session.sql(sqlQuery)

    def table(self, tableName: str) -> DataFrame:
        """A table or view."""
        return self.spark_session.table(tableName)

    def tables(self, dbName: str | None = None) -> DataFrame:
        """The tables of a database, as a DataFrame."""
        return self.sql("SHOW TABLES" if dbName is None else f"SHOW TABLES IN {dbName}")

    def tableNames(self, dbName: str | None = None) -> list[str]:
        """The names of a database's tables."""
        return [table.name for table in self.spark_session.catalog.listTables(dbName)]

    def createDataFrame(
        self, data: Any, schema: Any = None, samplingRatio: float | None = None, verifySchema: bool = True
    ) -> DataFrame:
        """A DataFrame of data that the script has."""
        given = {} if verifySchema else {"verifySchema": False}  # Spark Connect warns of any value
        return self.spark_session.createDataFrame(data, schema, samplingRatio, **given)

    def range(
        self, start: int, end: int | None = None, step: int = 1, numPartitions: int | None = None
    ) -> DataFrame:
        """A DataFrame of numbers."""
        return self.spark_session.range(start, end, step, numPartitions)

    def registerDataFrameAsTable(self, df: DataFrame, tableName: str) -> None:
        """Give a DataFrame a name for SQL."""
        df.createOrReplaceTempView(tableName)

    def dropTempTable(self, tableName: str) -> None:
        """Take the name away."""
        self.spark_session.catalog.dropTempView(tableName)

    def setConf(self, key: str, value: str) -> None:
        """Set a configuration value."""
        self.spark_session.conf.set(key, value)

    def getConf(self, key: str, defaultValue: str | None = None) -> str | None:
        """A configuration value."""
        return self.spark_session.conf.get(key, defaultValue)


class Logger:
    """What get_logger answers: lines on the error stream."""

    def _say(self, level: str, message: object) -> None:
        sys.stderr.write(f"{level} {message}\n")

    def trace(self, message: object) -> None:
        """Dropped."""

    def debug(self, message: object) -> None:
        """Log for those who debug."""
        self._say("DEBUG", message)

    def info(self, message: object) -> None:
        """Log."""
        self._say("INFO", message)

    def warn(self, message: object) -> None:
        """Log a warning."""
        self._say("WARN", message)

    warning = warn

    def error(self, message: object) -> None:
        """Log an error."""
        self._say("ERROR", message)

    fatal = error
