"""Rows of a frame into the staging table of a database, by the tasks of the engine."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import pyarrow as pa
from msgspec import Struct
from pyspark.sql import DataFrame

from placekeeper.ports.databases import Loaded, RowLoader
from placekeeper.runtime.engines.base import OrderedRows
from placekeeper.runtime.sink.gathering import gathered
from placekeeper.runtime.sink.tasks import is_picklable
from placekeeper.runtime.sink.written_types import written
from placekeeper.runtime.types.engine_columns import column_names

_COUNTS: Final = "attempt bigint, rows bigint"


def load_rows(
    dataframe: DataFrame,
    loader: RowLoader,
    *,
    checkpoint: Callable[[str], None],
    in_order: Callable[[DataFrame], OrderedRows | None],
) -> tuple[Loaded, ...]:
    """Load the rows of a DataFrame; the attempts that have returned, so that their rows count.

    Rows of tasks that failed or were tried again are of other attempts. `checkpoint` is called at the points
    `sink.rows-begun` and `sink.rows-loaded` in the tasks (if it can be pickled) and `sink.rows-collected`
    on the driver. Raises ValueUnwritable and DatabaseFailed in a task.
    """
    loading = _Loading(loader, checkpoint if is_picklable(checkpoint) else _go_on)
    ordered = in_order(dataframe)
    if ordered is not None:
        loaded = [loading.loaded(batch for _, batch in ordered)]
    else:
        nameless = dataframe.toDF(*column_names(len(dataframe.columns)))
        counts = nameless.mapInArrow(loading, _COUNTS).collect()
        loaded = [Loaded(row.attempt, row.rows) for row in counts]
    checkpoint("sink.rows-collected")
    return tuple(one for one in loaded if one.rows)


class _Loading(Struct, frozen=True):
    """The rows of one task → the attempt that has them."""

    loader: RowLoader
    checkpoint: Callable[[str], None]

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        loaded = self.loaded(batches)
        columns = [pa.array([loaded.attempt], pa.int64()), pa.array([loaded.rows], pa.int64())]
        yield pa.RecordBatch.from_arrays(columns, ["attempt", "rows"])

    def loaded(self, batches: Iterable[pa.RecordBatch]) -> Loaded:
        self.checkpoint("sink.rows-begun")
        done = self.loader.load(written(batch) for batch in gathered(batches))
        self.checkpoint("sink.rows-loaded")
        return done


def _go_on(_name: str) -> None:
    """Come to a point and go on."""
