"""Ids of arrays: given once, so that every evaluation of every frame that is made of them sees the same.

Engines evaluate a frame as often as it is asked for, and after a shuffle its rows may come in another order.
So the rows are kept together with each array's number within its task. Sums over tasks,
in the order of tasks, make ids of these numbers. docs/reference/awsglue.md#relationalize
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import SystemRandom

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as spark_types

Keep = Callable[[DataFrame], DataFrame]
"""The same rows, computed now and never again."""

_TASK = "task"
_RANDOM_BITS = 31


@dataclass(frozen=True)
class Numbered:
    """Rows that are evaluated once, and the ids of their arrays.

    `rows` has the columns that were given. `ids` has an id for each of the numbered columns, null where it is
    null. Ids of a column go from `first` on without gaps, in the order of the rows. `next_id` is the first id
    that no column has.
    """

    rows: DataFrame
    ids: Sequence[Column]
    next_id: int


def numbered(rows: DataFrame, names: Sequence[str], *, first: int, keep: Keep) -> Numbered:
    """Give ids to the values of the columns `names` that are not null. This evaluates the rows."""
    schema = spark_types.StructType(
        [
            *rows.schema.fields,
            spark_types.StructField(_TASK, spark_types.LongType()),
            *(spark_types.StructField(f"n_{name}", spark_types.LongType()) for name in names),
        ]
    )
    by_task = rows.withColumn(_TASK, F.spark_partition_id().cast("long"))
    kept = keep(by_task.mapInArrow(_Numbering(tuple(names)), schema))
    counted = kept.groupBy(_TASK).agg(*[F.count(f"n_{name}").alias(f"n_{name}") for name in names])
    counts = sorted(tuple(row) for row in counted.collect())
    tasks = [task for task, *_ in counts]
    ids, most = [], 0
    for place, name in enumerate(names, start=1):
        *before, total = accumulate((count[place] for count in counts), initial=0)
        most = max(most, total)
        ids.append(_id(name, [first - 1 + start for start in before], tasks))
    return Numbered(kept, ids, first + most)


def _id(name: str, starts: Sequence[int], tasks: Sequence[int]) -> Column:
    if not tasks:
        return F.lit(None).cast("long")
    by_task = F.create_map(
        *[F.lit(value).cast("long") for pair in zip(tasks, starts, strict=True) for value in pair]
    )
    return F.col(f"n_{name}") + F.element_at(by_task, F.col(_TASK))


@dataclass(frozen=True)
class _Numbering:
    """Batches → the same with the task's own number, which sorts by its place, and numbers from 1 on.

    The place comes with the rows; a random part keeps two tasks apart if an engine cuts the rows again.
    """

    names: tuple[str, ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        task: int | None = None
        given = dict.fromkeys(self.names, 0)
        for batch in batches:
            if not batch.num_rows:
                continue
            if task is None:
                place = batch.column(batch.num_columns - 1)[0].as_py()
                task = (place << _RANDOM_BITS) + SystemRandom().getrandbits(_RANDOM_BITS)
            columns = [*batch.columns[:-1], pa.array([task] * batch.num_rows, pa.int64())]
            for name in self.names:
                there = batch.column(name).is_valid()
                numbers = pc.add(pc.cumulative_sum(there.cast(pa.int64())), given[name])
                columns.append(pc.if_else(there, numbers, pa.scalar(None, pa.int64())))
                given[name] = numbers[-1].as_py()
            names = [*batch.schema.names, *(f"n_{name}" for name in self.names)]
            yield pa.RecordBatch.from_arrays(columns, names)
