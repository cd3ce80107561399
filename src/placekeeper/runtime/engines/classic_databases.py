"""`spark.read.jdbc` and `df.write.jdbc` of classic PySpark: Spark's own, if the user brings a driver."""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, TypeVar

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from placekeeper.runtime.engines.frame_files import FrameFiles
from placekeeper.runtime.engines.jdbc import FORMAT, read_options
from placekeeper.runtime.engines.patches import Patches

_NO_DRIVER: Final = ("No suitable driver", "java.lang.ClassNotFoundException", "DriverWrapper.<init>")
"""The last is what Spark says of a driver in a jar of the job that the option `driver` does not name."""

_T = TypeVar("_T")


def by_driver_or(spark: Callable[[], _T], ours: Callable[[], _T]) -> _T:
    """What Spark does by a driver that the user brings; without one, what we do."""
    try:
        return spark()
    except (Py4JJavaError, PySparkException) as error:
        if not any(sentence in str(error) for sentence in _NO_DRIVER):
            raise
    return ours()


class ClassicDatabases:
    """Passes on to `files` what Spark has no driver for."""

    def __init__(self, files: FrameFiles) -> None:
        self._files = files

    def install(self, patches: Patches, readwriter: ModuleType) -> None:
        """Replace both methods."""
        read_jdbc, write_jdbc = readwriter.DataFrameReader.jdbc, readwriter.DataFrameWriter.jdbc

        @functools.wraps(read_jdbc)
        def read(
            reader: Any,
            url: str,
            table: str,
            column: str | None = None,
            lowerBound: Any = None,  # noqa: N803
            upperBound: Any = None,  # noqa: N803
            numPartitions: int | None = None,  # noqa: N803
            predicates: list[str] | None = None,
            properties: dict[str, str] | None = None,
        ) -> Any:
            parts = (column, lowerBound, upperBound, numPartitions)
            options = read_options(reader._jreader.options, url, table, parts, properties)
            return by_driver_or(
                lambda: read_jdbc(reader, url, table, *parts, predicates, properties),
                lambda: self._files.read_database(options, predicates or ()),
            )

        @functools.wraps(write_jdbc)
        def write(
            writer: Any,
            url: str,
            table: str,
            mode: str | None = None,
            properties: dict[str, str] | None = None,
        ) -> None:
            more = {**(properties or {}), "url": url, "dbtable": table}
            by_driver_or(
                lambda: write_jdbc(writer, url, table, mode, properties),
                lambda: writer.format(FORMAT).options(**more).save(),
            )

        patches.attribute(readwriter.DataFrameReader, "jdbc", read)
        patches.attribute(readwriter.DataFrameWriter, "jdbc", write)
