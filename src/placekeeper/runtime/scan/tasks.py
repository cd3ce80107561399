"""The scan: a DataFrame of the chosen objects, cut into tasks by bytes. Every engine reads them alike."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as spark_types

from placekeeper.model.errors import RecordUnreadable
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.progress import Count, Stage
from placekeeper.ports.objects import Objects
from placekeeper.ports.progress import NO_PROGRESS, Progress
from placekeeper.rules.sorted_streams import coalesced
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan.bins import Grouping, bins, groups, is_local
from placekeeper.runtime.scan.notices import NO_NOTICES, Notices
from placekeeper.runtime.types.engine_columns import engine_schema
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.missing_fields import NOTHING_MISSING, Missing, batch_schema
from placekeeper.runtime.types.nulls import nulls_below_nulls
from placekeeper.runtime.types.occurrence import missing_of

_SCHEMA_THREADS: Final = 16


def scan(
    spark: SparkSession,
    parallelism: int,
    objects: Objects,
    chosen: Sequence[ObjectMeta],
    reader: Reader,
    known_schema: pa.Schema | None,
    grouping: Grouping | None = None,
    notices: Notices = NO_NOTICES,
    progress: Progress = NO_PROGRESS,
) -> Frame:
    """A frame of exactly the `chosen` objects; each is opened as it was listed (If-Match).

    `parallelism` is how many tasks run at once; a task reads a group of objects, with `grouping` one that
    the script wants. The schema is that of what is read; `known_schema` serves when nothing is chosen: the
    frame is then empty and has these columns. Word of an object that cannot be read is left in `notices`;
    `progress` is told how far reading has come. Schemas are found before this returns, records are read when
    the DataFrame is evaluated. Raises RecordUnreadable and ObjectChanged when an object is not what it should
    be.
    """
    if not chosen:
        schema = known_schema if known_schema is not None else pa.schema([])
        return Frame(spark.createDataFrame([], engine_schema(schema, NOTHING_MISSING)), schema)
    to_read = Count(total=len(chosen), total_size=sum(meta.size for meta in chosen))
    for stage in (Stage.TYPING, Stage.READING):
        progress.count(stage, to_read)
    if grouping is None:
        parts = bins(chosen, parallelism=parallelism)
    else:
        parts = groups(chosen, size=grouping.size, parallelism=parallelism)
    work = _Work(objects, reader, tuple(_encode(part) for part in parts), notices, progress)
    schemas = _parts_by_tasks(spark, work) if reader.reads_all_for_schema else _parts_by_threads(work, chosen)
    schema = merge_schemas(schemas)
    missing = missing_of(schema, schemas)
    if not schema.names:
        return Frame(spark.createDataFrame([], spark_types.StructType([])), schema)
    plain = _frame(spark, work, schema, NOTHING_MISSING)
    if missing == NOTHING_MISSING:
        return plain
    return replace(plain, exact=lambda: _frame(spark, work, schema, missing))


def _frame(spark: SparkSession, work: "_Work", schema: pa.Schema, missing: Missing) -> Frame:
    reading = _Reading(work, batch_schema(schema, missing))
    rows = _mapped(spark, reading, engine_schema(schema, missing))
    return Frame(rows, schema, missing)


@dataclass(frozen=True)
class _Work:
    """What all tasks share. The objects of a task stay encoded until that task runs."""

    objects: Objects
    reader: Reader
    parts: tuple[bytes, ...]
    notices: Notices
    progress: Progress

    def part(self, number: int) -> list[ObjectMeta]:
        return msgspec.msgpack.decode(self.parts[number], type=list[ObjectMeta])

    def schema_of(self, meta: ObjectMeta) -> pa.Schema:
        with self.noticing(), self.objects.open(meta) as file:
            found = self.reader.schema(file, meta.path)
        self.progress.count(Stage.TYPING, Count(done=1, size=meta.size))
        return found

    @contextmanager
    def noticing(self) -> Iterator[None]:
        """Leave word of an object that cannot be read; not of one that has changed, or cannot be had."""
        try:
            yield
        except RecordUnreadable as error:
            self.notices.leave(error)
            raise


@dataclass(frozen=True)
class _Reading:
    """Task number → the records of its objects."""

    work: _Work
    schema: pa.Schema

    def __call__(self, number: int) -> Iterator[pa.RecordBatch]:
        return map(nulls_below_nulls, coalesced(self._batches(number)))

    def _batches(self, number: int) -> Iterator[pa.RecordBatch]:
        for meta in self.work.part(number):
            rows = 0  # of the batch before: that of a small object is counted with the object itself
            with self.work.noticing(), self.work.objects.open(meta) as file:
                for batch in self.work.reader.read(file, meta.path, self.schema):
                    if rows:
                        self.work.progress.count(Stage.READING, Count(rows=rows))
                    rows = batch.num_rows
                    yield batch
            self.work.progress.count(Stage.READING, Count(done=1, rows=rows, size=meta.size))


@dataclass(frozen=True)
class _Finding:
    """Task number → the schema of each of its objects, serialised, with the object's path."""

    work: _Work

    def __call__(self, number: int) -> Iterator[pa.RecordBatch]:
        objects = self.work.part(number)
        found = [self.work.schema_of(meta).serialize().to_pybytes() for meta in objects]
        # In one batch: each costs a round trip to the engine.
        yield pa.RecordBatch.from_arrays(
            [pa.array([meta.path for meta in objects]), pa.array(found, pa.binary())], ["path", "schema"]
        )


def _encode(part: Iterable[ObjectMeta]) -> bytes:
    return msgspec.msgpack.encode(list(part))


def _mapped(spark: SparkSession, task: "_Reading | _Finding", schema: spark_types.StructType) -> DataFrame:
    """One row per task in, its batches out. `range` gives that many tasks on every engine."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        numbers = chain.from_iterable(batch.column(0).to_pylist() for batch in batches)
        for number in numbers:
            yield from task(number)

    count = len(task.work.parts)
    return spark.range(0, count, 1, count).mapInArrow(run, schema)


def _parts_by_threads(work: _Work, chosen: Sequence[ObjectMeta]) -> list[pa.Schema]:
    if all(map(is_local, chosen)):  # then threads would wait for Python's lock only
        return list(map(work.schema_of, chosen))
    with ThreadPoolExecutor(max_workers=min(_SCHEMA_THREADS, len(chosen))) as threads:
        return list(threads.map(work.schema_of, chosen))


def _parts_by_tasks(spark: SparkSession, work: _Work) -> list[pa.Schema]:
    columns = spark_types.StructType(
        [
            spark_types.StructField("path", spark_types.StringType()),
            spark_types.StructField("schema", spark_types.BinaryType()),
        ]
    )
    found = sorted((row.path, bytes(row.schema)) for row in _mapped(spark, _Finding(work), columns).collect())
    return [pa.ipc.read_schema(pa.py_buffer(schema)) for _, schema in found]
