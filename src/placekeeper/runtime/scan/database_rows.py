"""The scan of a database: tasks read parts of it by connections of their own, and get rows that were read.

What the run itself has read is kept in memory, or in a temporary file where it is more.
"""

import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import types as spark_types

from placekeeper.model.databases import IdRange, Rows
from placekeeper.model.errors import DatabaseFailed
from placekeeper.model.progress import Stage
from placekeeper.ports.databases import Database
from placekeeper.ports.progress import Progress
from placekeeper.rules.sorted_streams import coalesced
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.freed_memory import keep_freed_memory
from placekeeper.runtime.engines.parts import HandedOut
from placekeeper.runtime.formats.shared.arrow_files import in_frame
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan.tally import Tally
from placekeeper.runtime.types.canonical import Rules
from placekeeper.runtime.types.engine_columns import engine_schema
from placekeeper.runtime.types.missing_fields import NOTHING_MISSING
from placekeeper.runtime.types.nulls import nulls_below_nulls

MEMORY_BYTES: Final = 16 * 1024 * 1024
"""Rows of so many bytes are kept in memory."""

_PART_BYTES: Final = 4 * 1024 * 1024


class Deep(msgspec.Struct, frozen=True, kw_only=True, tag="deep"):
    """Rows that a task reads itself, those of `snapshot` if there is one, but those with one of `missing`
    ids, which are the first key."""

    rows: Rows
    snapshot: str | None = None
    missing: tuple[IdRange, ...] = ()


class Kept(msgspec.Struct, frozen=True, tag="kept"):
    """Rows that were read, as a stream of Arrow."""

    stream: bytes


class Spool:
    """Rows that were read: written once, then read as often as somebody wants."""

    def __init__(self, schema: pa.Schema, folder: Path | None) -> None:
        self._file = tempfile.SpooledTemporaryFile(MEMORY_BYTES, dir=None if folder is None else str(folder))  # noqa: SIM115 - see `close`
        self._schema = schema
        self._writer = pa.ipc.new_stream(self._file, schema)
        self.rows = self.size = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Write rows."""
        if batch.num_rows:
            self._writer.write_batch(batch)
            self.rows += batch.num_rows
            self.size += batch.nbytes

    def parts(self) -> Iterator[Kept]:
        """All rows, in parts for tasks."""
        self._writer.close()
        self._file.seek(0)
        held: list[pa.RecordBatch] = []
        for batch in pa.ipc.open_stream(self._file):
            held.append(batch)
            if sum(one.nbytes for one in held) >= _PART_BYTES:
                yield self._part(held)
                held = []
        if held:
            yield self._part(held)

    def _part(self, batches: Iterable[pa.RecordBatch]) -> Kept:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self._schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return Kept(sink.getvalue().to_pybytes())

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()


def scan_database(
    engine: Engine,
    database: Database,
    parts: Iterable[Deep | Kept],
    schema: pa.Schema,
    name: str,
    progress: Progress,
) -> Frame:
    """A frame of the rows of all parts, in the columns of `schema`; each part is read by one task.

    Parts that tasks read are read when the DataFrame is evaluated. `name` is that of the table, in errors.
    """
    columns = engine_schema(schema, NOTHING_MISSING)
    encoded = map(msgspec.msgpack.encode, parts)
    first = next(encoded, None)
    if first is None:
        return Frame(engine.session.createDataFrame([], columns), schema)
    handed = engine.hand_out(chain([first], encoded))
    whole = _Reading(database, schema, name, progress)
    rows = _mapped(handed, whole, columns)

    def some(wanted: frozenset[str]) -> DataFrame:
        places = tuple(place for place, field in enumerate(columns) if field.name in wanted) or (0,)
        fewer = spark_types.StructType([columns[place] for place in places])
        return _mapped(handed, whole.narrowed(places), fewer)

    if len(set(schema.names)) == len(schema.names):  # a query may have two columns of one name
        engine.offer_columns(rows, some)
    return Frame(rows, schema)


def _mapped(handed: HandedOut, reading: "_Reading", columns: spark_types.StructType) -> DataFrame:
    find = handed.find

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        keep_freed_memory()
        for batch in batches:
            for part in find(batch):
                yield from reading(msgspec.msgpack.decode(part, type=Deep | Kept))

    return handed.rows.mapInArrow(run, columns)


@dataclass(frozen=True)
class _Reading:
    """A part → its rows. With `places`, `schema` is that of the columns there, and no others are read."""

    database: Database
    schema: pa.Schema
    name: str
    progress: Progress
    places: tuple[int, ...] = ()

    def narrowed(self, places: tuple[int, ...]) -> "_Reading":
        """The same of the columns at some places."""
        return replace(self, schema=pa.schema([self.schema.field(place) for place in places]), places=places)

    def __call__(self, part: Deep | Kept) -> Iterator[pa.RecordBatch]:
        return map(nulls_below_nulls, coalesced(self._batches(part)))

    def _batches(self, part: Deep | Kept) -> Iterator[pa.RecordBatch]:
        tally, rows, size = Tally(self.progress, Stage.READING), 0, 0
        for batch in self._raw(part):
            yield self._in_frame(batch, rows)
            tally.rows(batch.num_rows)
            rows += batch.num_rows
            size += batch.nbytes
        tally.object(size=size)
        tally.tell()

    def _raw(self, part: Deep | Kept) -> Iterator[pa.RecordBatch]:
        if isinstance(part, Kept):
            options = pa.ipc.IpcReadOptions(included_fields=list(self.places))
            yield from pa.ipc.open_stream(part.stream, options=options)
            return
        try:
            for batch in self.database.read(self._wanted(part), part.snapshot):
                found = without_ids(batch, part.rows, part.missing)
                yield found.select(self.schema.names) if self.places else found
        except DatabaseFailed as error:
            if part.snapshot is None or part.snapshot not in str(error):
                raise
            raise DatabaseFailed(
                f"{self.database.login.place}: the transaction in which the run looks at {self.name} has "
                "ended, because the run has committed or its connection broke. Use the frame before "
                "job.commit(), and run again",
                may_pass=True,
            ) from error

    def _wanted(self, part: Deep) -> Rows:
        """The rows with the columns that are read, and the key by which ids are left out."""
        if not self.places:
            return part.rows
        key = part.rows.keys.columns[:1] if part.missing and part.rows.keys is not None else ()
        return msgspec.structs.replace(part.rows, columns=tuple(dict.fromkeys((*self.schema.names, *key))))

    def _in_frame(self, batch: pa.RecordBatch, row: int) -> pa.RecordBatch:
        rules = Rules(f"the table {self.name}")
        arrays = [
            in_frame(array, rules.field(field), wanted, self.name, row)
            for array, field, wanted in zip(batch.columns, batch.schema, self.schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def without_ids(batch: pa.RecordBatch, rows: Rows, missing: Sequence[IdRange]) -> pa.RecordBatch:
    """The rows whose only key is in none of the ranges, which are sorted: a later run asks for these."""
    if not missing or rows.keys is None:
        return batch
    keys = batch.column(rows.keys.columns[0])
    if not pa.types.is_integer(keys.type):  # decimals, which may be beyond 64 bits
        firsts = [one.first for one in missing]
        found = [None if id is None else bisect_right(firsts, id) - 1 for id in keys.to_pylist()]
        is_there = [
            at is None or at < 0 or id > missing[at].last
            for at, id in zip(found, keys.to_pylist(), strict=True)
        ]
        return batch if all(is_there) else batch.filter(pa.array(is_there))
    begins = np.array([one.first for one in missing])
    keys = keys.cast(pa.int64()).fill_null(missing[0].first - 1)
    ids = keys.to_numpy(zero_copy_only=False)
    ends = np.array([one.last for one in missing])
    places = np.searchsorted(begins, ids, side="right") - 1
    is_missing = (places >= 0) & (ids <= ends[places])
    return batch if not is_missing.any() else batch.filter(pa.array(~is_missing))
