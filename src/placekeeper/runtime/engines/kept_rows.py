"""Rows that are kept on a disk that all tasks see: one file of Arrow for each partition.

Tasks write and read them batch by batch. So memory does not grow with the rows.
"""

import shutil
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.engines.arrow_file import ArrowFile

_PARTITION: Final = "placekeeper_partition"
_WHAT: Final = "what a function of the script has made"
_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="lz4")

Batches = Iterator[pa.RecordBatch]
Task = Callable[[Batches], Batches]


def keep_made(rows: DataFrame, task: Task, columns: str, folder: Path) -> DataFrame:
    """What `task` makes of each partition of `rows`, computed now, and kept below `folder`.

    The files go when nothing refers to the DataFrame or to one that was made of it, and if `task` fails.
    """
    place = folder / uuid4().hex
    place.mkdir(parents=True)
    session = rows.sparkSession
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, place, ignore_errors=True)
        numbered = rows.withColumn(_PARTITION, F.spark_partition_id())
        written = numbered.mapInArrow(_Writing(task, str(place)), "partition int, file string").collect()
        files = [str(row.file) for row in sorted(written)]
        if not files:
            return session.createDataFrame([], columns)
        kept: Any = session.range(0, len(files), 1, len(files)).mapInArrow(_Reading(files), columns)
        weakref.finalize(kept._plan, shutil.rmtree, place, ignore_errors=True).atexit = False
        undo.pop_all()
    made: DataFrame = kept
    return made


@dataclass(frozen=True)
class _Writing:
    """A partition of rows → its number, and the name of the file of what the task makes of it."""

    task: Task
    place: str

    def __call__(self, batches: Batches) -> Batches:
        numbers: list[int] = []
        made = self.task(_without_number(batches, numbers))
        first = next(made, None)
        if first is None:
            return
        file = str(Path(self.place, f"{uuid4().hex}.arrow"))
        with ArrowFile(file, first.schema, pa.ipc.new_stream, _WHAT, options=_OPTIONS) as kept:
            for batch in chain([first], made):
                kept.write(batch)
        columns = [pa.array(numbers or [-1], pa.int32()), pa.array([file])]
        yield pa.RecordBatch.from_arrays(columns, ["partition", "file"])


def _without_number(batches: Batches, numbers: list[int]) -> Batches:
    """The batches without their last column, whose number is left in `numbers`."""
    for batch in batches:
        if batch.num_rows and not numbers:
            numbers.append(batch.column(batch.num_columns - 1)[0].as_py())
        yield batch.remove_column(batch.num_columns - 1)


@dataclass(frozen=True)
class _Reading:
    """Numbers of files → their rows."""

    files: Sequence[str]

    def __call__(self, batches: Batches) -> Batches:
        for number in chain.from_iterable(batch.column(0).to_pylist() for batch in batches):
            with pa.OSFile(self.files[number]) as source, pa.ipc.open_stream(source) as reader:
                yield from reader
