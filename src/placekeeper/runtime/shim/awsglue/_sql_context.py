"""What scripts use of SQLContext, on the SparkSession, which every engine has."""

import sys


class SqlContext:
    """Delegates to a SparkSession; `SQLContext` itself needs a JVM."""

    def __init__(self, spark):
        self.spark_session = spark
        self.sparkSession = spark

    @property
    def _ssql_ctx(self):
        return self

    @property
    def read(self):
        """Spark's reader."""
        return self.spark_session.read

    @property
    def readStream(self):
        """Spark's streaming reader."""
        return self.spark_session.readStream

    @property
    def udf(self):
        """Registration of functions."""
        return self.spark_session.udf

    def sql(self, sqlQuery):
        """The result of a statement."""
        return self.spark_session.sql(sqlQuery)

    def table(self, tableName):
        """A table or view."""
        return self.spark_session.table(tableName)

    def tables(self, dbName=None):
        """The tables of a database, as a DataFrame."""
        return self.sql("SHOW TABLES" if dbName is None else f"SHOW TABLES IN {dbName}")

    def tableNames(self, dbName=None):
        """The names of a database's tables."""
        return [table.name for table in self.spark_session.catalog.listTables(dbName)]

    def createDataFrame(self, data, schema=None, samplingRatio=None, verifySchema=True):
        """A DataFrame of data that the script has."""
        given = {} if verifySchema else {"verifySchema": False}  # Spark Connect warns of any value
        return self.spark_session.createDataFrame(data, schema, samplingRatio, **given)

    def range(self, start, end=None, step=1, numPartitions=None):
        """A DataFrame of numbers."""
        return self.spark_session.range(start, end, step, numPartitions)

    def registerDataFrameAsTable(self, df, tableName):
        """Give a DataFrame a name for SQL."""
        df.createOrReplaceTempView(tableName)

    def dropTempTable(self, tableName):
        """Take the name away."""
        self.spark_session.catalog.dropTempView(tableName)

    def setConf(self, key, value):
        """Set a configuration value."""
        self.spark_session.conf.set(key, value)

    def getConf(self, key, defaultValue=None):
        """A configuration value."""
        return self.spark_session.conf.get(key, defaultValue)


class Logger:
    """What get_logger answers: lines on the error stream."""

    def _say(self, level, message):
        sys.stderr.write(f"{level} {message}\n")

    def trace(self, message):
        """Dropped."""

    def debug(self, message):
        """Log for those who debug."""
        self._say("DEBUG", message)

    def info(self, message):
        """Log."""
        self._say("INFO", message)

    def warn(self, message):
        """Log a warning."""
        self._say("WARN", message)

    warning = warn

    def error(self, message):
        """Log an error."""
        self._say("ERROR", message)

    fatal = error
