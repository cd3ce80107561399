"""The number of partitions of a DataFrame, which Spark Connect does not tell: a task in each counts one."""

from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import DataFrame


def tasks_of(rows: DataFrame) -> int:
    """The number of tasks that read the rows. It is found by running them."""
    return int(rows.selectExpr("1 AS one").mapInArrow(_one_per_task, "one int").count())


def _one_per_task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _ in batches:
        pass
    yield pa.RecordBatch.from_arrays([pa.array([1], pa.int32())], ["one"])
