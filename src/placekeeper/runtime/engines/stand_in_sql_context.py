"""A stand-in for SQLContext, which needs a JVM: what scripts call of it, on the session."""

from typing import Any

from pyspark.sql import DataFrame, SparkSession


class StandInSqlContext:
    """Delegates to the engine's session, whatever context it is given."""

    def __init__(
        self,
        sparkContext: object = None,  # noqa: N803
        sparkSession: Any = None,  # noqa: N803
        jsqlContext: object = None,  # noqa: N803
    ) -> None:
        del sparkContext, jsqlContext
        self.sparkSession: SparkSession = sparkSession or SparkSession.builder.getOrCreate()

    @classmethod
    def getOrCreate(cls, sc: object = None) -> "StandInSqlContext":  # noqa: N802
        """The context."""
        return cls(sc)

    def registerDataFrameAsTable(self, df: DataFrame, tableName: str) -> None:  # noqa: N802, N803
        """Give a DataFrame a name for SQL."""
        df.createOrReplaceTempView(tableName)

    def dropTempTable(self, tableName: str) -> None:  # noqa: N802, N803
        """Take the name away."""
        self.sparkSession.catalog.dropTempView(tableName)

    def registerFunction(self, name: str, f: Any, returnType: Any = None) -> Any:  # noqa: N802, N803
        """Give a function a name for SQL."""
        return self.sparkSession.udf.register(name, f, returnType)

    def tables(self, dbName: str | None = None) -> DataFrame:  # noqa: N803
        """The tables of a database, as a DataFrame."""
        return self.sparkSession.sql("SHOW TABLES" if dbName is None else f"SHOW TABLES IN {dbName}")

    def tableNames(self, dbName: str | None = None) -> list[str]:  # noqa: N802, N803
        """The names of a database's tables."""
        return [table.name for table in self.sparkSession.catalog.listTables(dbName)]

    def setConf(self, key: str, value: str) -> None:  # noqa: N802
        """Set a configuration value."""
        self.sparkSession.conf.set(key, value)

    def getConf(self, key: str, defaultValue: str | None = None) -> str | None:  # noqa: N802, N803
        """A configuration value."""
        return self.sparkSession.conf.get(key, defaultValue)

    def cacheTable(self, tableName: str) -> None:  # noqa: N802, N803
        """Accepted: Sail caches nothing."""
        self.sparkSession.catalog.cacheTable(tableName)

    def uncacheTable(self, tableName: str) -> None:  # noqa: N802, N803
        """Accepted: Sail caches nothing."""
        self.sparkSession.catalog.uncacheTable(tableName)

    def clearCache(self) -> None:  # noqa: N802
        """Accepted: Sail caches nothing."""
        self.sparkSession.catalog.clearCache()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.sparkSession, name)  # sql, read, table, createDataFrame, range, udf, …
