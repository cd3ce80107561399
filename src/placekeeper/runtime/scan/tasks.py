"""The scan: a DataFrame of the chosen objects, cut into tasks by bytes. Every engine reads them alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
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
from placekeeper.runtime.formats.shared.malformed import forget, keeping
from placekeeper.runtime.frames.errors import NO_ERRORS, CallSite, Errors, StageErrors
from placekeeper.runtime.frames.frame import Frame, Rereading
from placekeeper.runtime.frames.text_casts import TextCast
from placekeeper.runtime.scan.bins import Grouping, bins, groups, is_local
from placekeeper.runtime.scan.malformed import SCHEMA, Counter, Found, ReadStage, error_rows
from placekeeper.runtime.scan.narrowing import Narrowing, narrowed_schema
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
    malformed: ReadStage | None = None,
) -> Frame:
    """A frame of exactly the `chosen` objects; each is opened as it was listed (If-Match).

    `parallelism` is how many tasks run at once; a task reads a group of objects, with `grouping` one that
    the script wants. The schema is that of what is read; `known_schema` serves when nothing is chosen: the
    frame is then empty and has these columns. Word of an object that cannot be read is left in `notices`;
    `progress` is told how far reading has come. Schemas are found before this returns, records are read when
    the DataFrame is evaluated. Raises RecordUnreadable and ObjectChanged when an object is not what it should
    be. With `malformed`, malformed records do not raise: they are the error records of this stage.
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
    keeps = malformed is not None
    work = _Work(objects, reader, tuple(_encode(part) for part in parts), notices, progress, keeps)
    by_tasks = keeps or reader.reads_all_for_schema
    found = _found_by_tasks(spark, work) if by_tasks else _found_by_threads(work, chosen)
    errors = NO_ERRORS if malformed is None else _errors(spark, work, found, malformed)
    schemas = [one.schema for one in found.values()]
    schema = merge_schemas(schemas)
    missing = missing_of(schema, schemas)
    if not schema.names:
        return Frame(spark.createDataFrame([], spark_types.StructType([])), schema, errors=errors)
    plain = replace(_frame(spark, work, schema, NOTHING_MISSING), errors=errors)
    if missing == NOTHING_MISSING:
        return plain
    return replace(plain, exact=lambda: _frame(spark, work, schema, missing))


def _errors(spark: SparkSession, work: "_Work", found: Mapping[str, Found], stage: ReadStage) -> Errors:
    """The malformed records of the objects; they are read when somebody looks at them."""
    bad = {path: one for path, one in sorted(found.items()) if one.malformed}
    if not bad:
        return NO_ERRORS
    kept = [[meta for meta in work.part(number) if meta.path in bad] for number in range(len(work.parts))]

    def frame() -> Frame:
        parts = tuple(_encode(part) for part in kept if part)
        rows = _mapped(
            spark, _Malformed(replace(work, parts=parts), stage.site), engine_schema(SCHEMA, NOTHING_MISSING)
        )
        return Frame(rows, SCHEMA)

    sample = next(iter(bad.values())).sample
    count = sum(one.malformed for one in bad.values())
    return Errors(own=StageErrors(stage.name, count, sample, frame, stage.site))


def _frame(spark: SparkSession, work: "_Work", schema: pa.Schema, missing: Missing) -> Frame:
    whole = _Reading(work, batch_schema(schema, missing))
    columns = engine_schema(schema, missing)

    def reread(places: Sequence[int], casts: Sequence[TextCast]) -> DataFrame:
        return _mapped(spark, whole.narrowed(places, casts), narrowed_schema(columns, places, casts))

    rows = _mapped(spark, whole, columns)
    pruned = partial(_pruned, spark, work, schema, missing)
    return Frame(rows, schema, missing, pruned=pruned, rereading=Rereading(rows, reread))


def _pruned(
    spark: SparkSession, work: "_Work", schema: pa.Schema, missing: Missing, places: Sequence[int]
) -> Frame:
    """A frame of the columns at some places: readers read no others."""
    own = pa.schema([schema.field(place) for place in places])
    new = {place: number for number, place in enumerate(places)}
    left = Missing(
        frozenset(new[place] for place in missing.nulls if place in new),
        frozenset(new[place] for place in missing.listed if place in new),
    )
    return replace(_frame(spark, work, own, left), pruned=None)


@dataclass(frozen=True)
class _Work:
    """What all tasks share. The objects of a task stay encoded until that task runs.

    With `keeps`, malformed records are error records.
    """

    objects: Objects
    reader: Reader
    parts: tuple[bytes, ...]
    notices: Notices
    progress: Progress
    keeps: bool

    def part(self, number: int) -> list[ObjectMeta]:
        return msgspec.msgpack.decode(self.parts[number], type=list[ObjectMeta])

    def found_in(self, meta: ObjectMeta) -> Found:
        malformed = Counter()
        reader = keeping(self.reader, malformed.add) if self.keeps else self.reader
        with self.noticing(), self.objects.open(meta) as file:
            schema = reader.schema(file, meta.path)
        self.progress.count(Stage.TYPING, Count(done=1, size=meta.size))
        return Found(schema, malformed.count, malformed.sample)

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
    narrow: Narrowing | None = None

    def narrowed(self, places: Sequence[int], casts: Sequence[TextCast]) -> "_Reading":
        """The same of some columns, and of casts."""
        narrow = Narrowing(tuple(places), tuple(casts), self.schema)
        return replace(self, schema=narrow.read, narrow=narrow)

    def __call__(self, number: int) -> Iterator[pa.RecordBatch]:
        batches = map(nulls_below_nulls, coalesced(self._batches(number)))
        return batches if self.narrow is None else map(self.narrow.made, batches)

    def _batches(self, number: int) -> Iterator[pa.RecordBatch]:
        reader = keeping(self.work.reader, forget) if self.work.keeps else self.work.reader
        for meta in self.work.part(number):
            rows = 0  # of the batch before: that of a small object is counted with the object itself
            with self.work.noticing(), self.work.objects.open(meta) as file:
                for batch in reader.read(file, meta.path, self.schema):
                    if rows:
                        self.work.progress.count(Stage.READING, Count(rows=rows))
                    rows = batch.num_rows
                    yield batch
            self.work.progress.count(Stage.READING, Count(done=1, rows=rows, size=meta.size))


@dataclass(frozen=True)
class _Malformed:
    """Task number → the malformed records of its objects, as error records of the call at `site`."""

    work: _Work
    site: CallSite

    def __call__(self, number: int) -> Iterator[pa.RecordBatch]:
        for meta in self.work.part(number):
            with self.work.noticing():
                yield from error_rows(self.work.objects, self.work.reader, meta, self.site)


@dataclass(frozen=True)
class _Finding:
    """Task number → what is found in each of its objects, by their paths."""

    work: _Work

    def __call__(self, number: int) -> Iterator[pa.RecordBatch]:
        objects = self.work.part(number)
        found = [self.work.found_in(meta) for meta in objects]
        # In one batch: each costs a round trip to the engine.
        columns = [
            pa.array([meta.path for meta in objects], pa.string()),
            pa.array([one.schema.serialize().to_pybytes() for one in found], pa.binary()),
            pa.array([one.malformed for one in found], pa.int64()),
            pa.array([one.sample for one in found], pa.string()),
        ]
        yield pa.RecordBatch.from_arrays(columns, ["path", "schema", "malformed", "sample"])


def _encode(part: Iterable[ObjectMeta]) -> bytes:
    return msgspec.msgpack.encode(list(part))


def _mapped(
    spark: SparkSession, task: "_Reading | _Finding | _Malformed", schema: spark_types.StructType | str
) -> DataFrame:
    """One row per task in, its batches out. `range` gives that many tasks on every engine."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        numbers = chain.from_iterable(batch.column(0).to_pylist() for batch in batches)
        for number in numbers:
            yield from task(number)

    count = len(task.work.parts)
    return spark.range(0, count, 1, count).mapInArrow(run, schema)


def _found_by_threads(work: _Work, chosen: Sequence[ObjectMeta]) -> dict[str, Found]:
    paths = [meta.path for meta in chosen]
    if all(map(is_local, chosen)):  # then threads would wait for Python's lock only
        return dict(zip(paths, map(work.found_in, chosen), strict=True))
    with ThreadPoolExecutor(max_workers=min(_SCHEMA_THREADS, len(chosen))) as threads:
        return dict(zip(paths, threads.map(work.found_in, chosen), strict=True))


def _found_by_tasks(spark: SparkSession, work: _Work) -> dict[str, Found]:
    columns = "path string, schema binary, malformed long, sample string"
    rows = _mapped(spark, _Finding(work), columns).collect()
    return {
        row.path: Found(pa.ipc.read_schema(pa.py_buffer(bytes(row.schema))), row.malformed, row.sample)
        for row in sorted(rows, key=lambda row: row.path)
    }
