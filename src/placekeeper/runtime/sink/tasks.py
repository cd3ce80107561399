"""The sink: tasks write files into staging, and the driver collects the manifest from them."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as spark_functions

from placekeeper.model.errors import UsageError
from placekeeper.model.publication import StagedFile
from placekeeper.model.wording import nearest
from placekeeper.ports.objects import Staging
from placekeeper.runtime.engines.base import OrderedRows
from placekeeper.runtime.engines.task_rows import by_task
from placekeeper.runtime.formats.format import OutputFormat
from placekeeper.runtime.sink.columns import check_columns, repeated
from placekeeper.runtime.sink.files import FileLimits, TaskFiles, TaskTarget
from placekeeper.runtime.sink.gathering import gathered
from placekeeper.runtime.sink.hive import grouped
from placekeeper.runtime.sink.names import FileNames
from placekeeper.runtime.sink.written_types import written, written_schema
from placekeeper.runtime.types.engine_columns import column_names
from placekeeper.runtime.types.spark import from_spark

_TASK: Final = "task"
_LIMITS: Final = FileLimits()


def no_order(_rows: DataFrame) -> None:
    """Tasks get the rows of a frame in their order."""


def write(
    dataframe: DataFrame,
    staging: Staging,
    *,
    target: str,
    output: OutputFormat,
    format: str,
    partition_keys: Sequence[str],
    run_id: str,
    names: FileNames,
    immediate: bool,
    checkpoint: Callable[[str], None],
    limits: FileLimits = _LIMITS,
    at_least_one: bool = False,
    in_order: Callable[[DataFrame], OrderedRows | None] = no_order,
) -> tuple[StagedFile, ...]:
    """Stage the rows of a DataFrame under the folder `target`; what was staged, sorted by path.

    Files of tasks that failed or were tried again are not in what is returned; an empty DataFrame, or one
    without columns, stages nothing, unless there is to be `at_least_one` file. Rows
    go to `key=value` folders by `partition_keys`, whose columns the files then do not have.
    Rows that `in_order` streams are written here, as they come; all others by the tasks of the engine.
    `checkpoint` is called at the points `sink.file-opened` and `sink.file-staged` in the tasks (if it can be
    pickled) and `sink.collected` on the driver. `format` is the name of the
    format in errors. Raises UnsupportedFeature for a name or a type that the format does not hold, UsageError
    for partition keys that are no columns, or are named twice; ValueUnwritable in a task.
    """
    if not dataframe.columns:  # a source in which nothing has ever been
        return ()
    _check_keys(dataframe.columns, partition_keys)
    _check_types(dataframe, partition_keys, output, format)
    files = TaskTarget(
        staging=staging,
        folder=target,
        run_id=run_id,
        names=names,
        output=output,
        immediate=immediate,
        checkpoint=checkpoint if is_picklable(checkpoint) else _no_checkpoint,
        limits=limits,
    )
    writing = _Writing(files, tuple(dataframe.columns), tuple(partition_keys))
    ordered = in_order(dataframe)
    staged = _by_tasks(dataframe, writing) if ordered is None else writing.staged(ordered)
    checkpoint("sink.collected")
    if not staged and at_least_one and not partition_keys:
        staged = _without_rows(files, dataframe)
    return tuple(sorted(staged, key=lambda file: file.path))


def _by_tasks(dataframe: DataFrame, writing: "_Writing") -> list[StagedFile]:
    """Have tasks write the rows of a DataFrame; what they staged."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from writing.manifest(batches)

    nameless = dataframe.toDF(*column_names(len(dataframe.columns)))
    numbered = nameless.withColumn(_TASK, spark_functions.spark_partition_id())
    rows = numbered.mapInArrow(run, "manifest string").collect()
    return [msgspec.json.decode(row.manifest, type=StagedFile) for row in rows]


def _without_rows(target: TaskTarget, dataframe: DataFrame) -> list[StagedFile]:
    """One file that has the columns of a DataFrame and no row."""
    schema = pa.schema(
        [pa.field(field.name, from_spark(field.dataType)) for field in dataframe.schema.fields]
    )
    with TaskFiles(target) as files:
        files.begin(written_schema(schema))
        return files.staged()


@dataclass(frozen=True)
class _Writing:
    """Rows → staged files."""

    target: TaskTarget
    names: tuple[str, ...]
    keys: tuple[str, ...]

    def manifest(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows of the manifest for the rows of one task, which have its number in a last column."""
        staged = self.staged(part for batch in gathered(batches) for part in by_task(batch))
        lines = [msgspec.json.encode(file).decode() for file in staged]
        yield pa.RecordBatch.from_arrays([pa.array(lines, pa.string())], ["manifest"])

    def staged(self, batches: Iterable[tuple[int, pa.RecordBatch]]) -> list[StagedFile]:
        """The files of batches, each with the number of its task, whose batches come one after another."""
        made: list[StagedFile] = []
        for task, own in groupby(batches, lambda one: one[0]):
            with TaskFiles(self.target, task) as files:
                for batch in gathered(rows for _, rows in own):
                    named = pa.RecordBatch.from_arrays(batch.columns, list(self.names))
                    files.write(grouped(written(named), self.keys))
                made += files.staged()
        return made


def _check_keys(columns: Sequence[str], keys: Sequence[str]) -> None:
    if repeated(keys, minds_case=True):
        raise UsageError(
            f"partitionKeys {list(keys)} names a column twice: name each once. Nothing was written"
        )
    missing = [key for key in keys if key not in columns]
    if missing:
        near = ((key, nearest(key, columns)) for key in missing)
        hints = "".join(f" Instead of '{key}', write '{other}'." for key, other in near if other)
        raise UsageError(
            f"partitionKeys {missing} are not columns of the frame, which has {list(columns)}.{hints}"
        )
    if keys and set(keys) >= set(columns):
        raise UsageError(
            f"partitionKeys {list(keys)} are all the columns there are: no column is left for the files."
        )


def _check_types(dataframe: DataFrame, keys: Sequence[str], output: OutputFormat, name: str) -> None:
    check_columns([(field.name, field.dataType) for field in dataframe.schema.fields], keys, output, name)


def is_picklable(checkpoint: Callable[[str], None]) -> bool:
    """Whether tasks can have it."""
    try:
        pickle.dumps(checkpoint)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


def _no_checkpoint(_name: str) -> None:
    """Go on."""
