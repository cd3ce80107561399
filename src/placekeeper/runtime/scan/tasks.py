"""The scan: a DataFrame of the chosen objects, cut into tasks by bytes. Every engine reads them alike."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import types as spark_types

from placekeeper.model.columns import in_batches
from placekeeper.model.objects import ObjectMeta, ObjectMetas
from placekeeper.model.progress import Count, Stage
from placekeeper.ports.objects import Objects
from placekeeper.ports.progress import NO_PROGRESS, Progress
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.freed_memory import keep_freed_memory
from placekeeper.runtime.engines.parts import HandedOut
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.frames.errors import NO_ERRORS, Errors, StageErrors
from placekeeper.runtime.frames.frame import Frame, Rereading
from placekeeper.runtime.frames.text_casts import TextCast
from placekeeper.runtime.scan.bins import Grouping, bins, groups, openings_of
from placekeeper.runtime.scan.cuts import Piece, cuts, to_cut
from placekeeper.runtime.scan.gathering import Found, Gathered
from placekeeper.runtime.scan.looks import looks
from placekeeper.runtime.scan.malformed import SCHEMA, ReadStage
from placekeeper.runtime.scan.narrowing import narrowed_schema
from placekeeper.runtime.scan.notices import NO_NOTICES, Notices
from placekeeper.runtime.scan.parts import decoded, encoded
from placekeeper.runtime.scan.spills import Spills
from placekeeper.runtime.scan.work import Finding, Malformed, Reading, Work
from placekeeper.runtime.types.engine_columns import column_names, engine_schema, missing_name
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.missing_fields import NOTHING_MISSING, Missing, batch_schema
from placekeeper.runtime.types.occurrence import missing_of

_UNCUT: Final = "is read by one task: not every line of it is a record"


def scan(
    engine: Engine,
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

    A task reads a group of objects, with `grouping` one that the script wants. The schema is that of what is
    read; `known_schema` serves when nothing is chosen: the frame is then empty and has these columns. Word of
    an object that cannot be read is left in `notices`; `progress` is told how far reading has come. Schemas
    are found before this returns, records are read when the DataFrame is evaluated. Raises RecordUnreadable
    and ObjectChanged when an object is not what it should be. With `malformed`, malformed records do not
    raise: they are the error records of this stage.
    """
    if not chosen:
        schema = known_schema if known_schema is not None else pa.schema([])
        return Frame(engine.session.createDataFrame([], engine_schema(schema, NOTHING_MISSING)), schema)
    listed = ObjectMetas.of(chosen)
    to_read = Count(total=len(listed), total_size=listed.size)
    for stage in (Stage.TYPING, Stage.READING):
        progress.count(stage, to_read)
    keeps = malformed is not None
    by_tasks = keeps or reader.reads_all_for_schema
    work = Work(objects, reader, notices, progress, keeps)
    found = None if by_tasks else _found_by_threads(work, listed)
    cut: Sequence[int] = ()
    way = ""
    if grouping is None and not keeps:
        cut, way = to_cut(objects, reader, listed, parallelism=engine.parallelism)
    handed = _handed_out(engine, listed, grouping, cut)
    if found is None:
        work = replace(work, spills=Spills.of(handed, listed.size))
        found = _found_by_tasks(handed, work)
    if found.uncut:
        way = "; ".join(filter(None, (way, *(f"{path} {_UNCUT}" for path in sorted(found.uncut)))))
        cut = [place for place in cut if listed[place].path not in found.uncut]
        handed = _handed_out(engine, listed, None, cut)
        found = _found_by_tasks(handed, replace(work, progress=NO_PROGRESS))  # it was told once
    errors = NO_ERRORS if malformed is None else _errors(engine, work, listed, found, malformed)
    schema = merge_schemas(found.schemas)
    missing = missing_of(schema, found.schemas)
    if not schema.names:
        empty = engine.session.createDataFrame([], spark_types.StructType([]))
        return Frame(empty, schema, errors=errors)
    plain = replace(_frame(engine, handed, work, schema, NOTHING_MISSING), errors=errors, way=way)
    if missing == NOTHING_MISSING:
        return plain
    return replace(plain, exact=lambda: _frame(engine, handed, work, schema, missing))


def _handed_out(
    engine: Engine, objects: ObjectMetas, grouping: Grouping | None, cut: Sequence[int] = ()
) -> HandedOut:
    """The objects in parts for tasks; those at the places `cut` in pieces."""
    pieces = cuts(objects.column("size").to_numpy(), cut)
    if grouping is None:
        costs = openings_of(objects)[pieces.places] + pieces.ends - pieces.begins
        tasks = bins(costs, parallelism=engine.parallelism)
    else:
        tasks = groups(objects, size=grouping.size, parallelism=engine.parallelism)
    return engine.hand_out(encoded(objects, pieces, tasks))


def _errors(engine: Engine, work: Work, objects: ObjectMetas, found: Gathered, stage: ReadStage) -> Errors:
    """The malformed records of the objects; they are read when somebody looks at them."""
    if not found.malformed:
        return NO_ERRORS
    bad = ObjectMetas.of(meta for meta in objects if meta.path in found.malformed)

    def frame() -> Frame:
        handed, task = _handed_out(engine, bad, None), Malformed(work, stage.site)
        return Frame(_mapped(handed, task, engine_schema(SCHEMA, NOTHING_MISSING)), SCHEMA)

    count = sum(one.number for one in found.malformed.values())
    sample = min(found.malformed.items())[1].sample
    return Errors(own=StageErrors(stage.name, count, sample, frame, stage.site))


def _frame(engine: Engine, handed: HandedOut, work: Work, schema: pa.Schema, missing: Missing) -> Frame:
    whole = Reading(work, batch_schema(schema, missing))
    columns = engine_schema(schema, missing)
    names = column_names(len(schema.names))

    def offered(rows: DataFrame, places: Sequence[int], casts: Sequence[TextCast]) -> DataFrame:
        def some(wanted: frozenset[str]) -> DataFrame:
            fewer = [place for place in places if not wanted.isdisjoint({names[place], missing_name(place)})]
            kept = [cast for cast in casts if not wanted.isdisjoint(cast.names)]
            if not fewer and not kept:  # rows have a column
                fewer, kept = list(places[:1]), list(() if places else casts[:1])
            return narrowed(fewer, kept)

        engine.offer_columns(rows, some)
        return rows

    def narrowed(places: Sequence[int], casts: Sequence[TextCast]) -> DataFrame:
        return _mapped(handed, whole.narrowed(places, casts), narrowed_schema(columns, places, casts))

    def reread(places: Sequence[int], casts: Sequence[TextCast]) -> DataFrame:
        return offered(narrowed(places, casts), places, casts)

    rows = offered(_mapped(handed, whole, columns), range(len(names)), ())
    return Frame(rows, schema, missing, rereading=Rereading(rows, reread))


def _mapped(
    handed: HandedOut,
    task: Callable[[Iterable[Piece]], Iterator[pa.RecordBatch]],
    schema: spark_types.StructType | str,
) -> DataFrame:
    """The objects of a task in, its batches out. What is sent to a task is small, and its own part."""
    find = handed.find

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        keep_freed_memory()  # a worker of Spark's is a process of its own
        for batch in batches:
            for part in find(batch):
                yield from task(decoded(part))

    return handed.rows.mapInArrow(run, schema)


def _found_by_threads(work: Work, objects: ObjectMetas) -> Gathered:
    def found_in(meta: ObjectMeta) -> Found:
        return work.found_in(Piece.whole(meta))

    return work.gathered(
        (Piece.whole(meta), found)
        for some in in_batches(objects)
        for meta, found in zip(some, looks(found_in, some), strict=True)
    )


def _found_by_tasks(handed: HandedOut, work: Work) -> Gathered:
    gathered = Gathered()
    columns = "path string, begin long, schema binary, malformed long, sample string"
    gathered.add_rows(_mapped(handed, Finding(work), columns).collect())
    return gathered
