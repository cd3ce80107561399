"""The scan of a database: tasks read parts of it by connections of their own, and get rows that were read.

What the run itself has read is kept in memory, or in a temporary file where it is more.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from placekeeper.model.databases import IdRange, Rows
from placekeeper.model.errors import DatabaseFailed
from placekeeper.model.progress import Stage
from placekeeper.ports.databases import Database
from placekeeper.ports.progress import Progress
from placekeeper.rules.sorted_streams import coalesced
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.freed_memory import keep_freed_memory
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
    find, reading = handed.find, _Reading(database, schema, name, progress)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        keep_freed_memory()
        for batch in batches:
            for part in find(batch):
                yield from reading(msgspec.msgpack.decode(part, type=Deep | Kept))

    return Frame(handed.rows.mapInArrow(run, columns), schema)


@dataclass(frozen=True)
class _Reading:
    """A part → its rows."""

    database: Database
    schema: pa.Schema
    name: str
    progress: Progress

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
            yield from pa.ipc.open_stream(part.stream)
            return
        try:
            for batch in self.database.read(part.rows, part.snapshot):
                yield without_ids(batch, part.rows, part.missing)
        except DatabaseFailed as error:
            if part.snapshot is None or part.snapshot not in str(error):
                raise
            raise DatabaseFailed(
                f"{self.database.login.place}: the transaction in which the run looks at {self.name} has "
                "ended, because the run has committed or its connection broke. Use the frame before "
                "job.commit(), and run again",
                may_pass=True,
            ) from error

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
    begins = np.array([one.first for one in missing])
    keys = batch.column(rows.keys.columns[0]).cast(pa.int64()).fill_null(missing[0].first - 1)
    ids = keys.to_numpy(zero_copy_only=False)
    ends = np.array([one.last for one in missing])
    places = np.searchsorted(begins, ids, side="right") - 1
    is_missing = (places >= 0) & (ids <= ends[places])
    return batch if not is_missing.any() else batch.filter(pa.array(~is_missing))
