"""The scan of a table of a lake format: tasks read its data files, and columns become those of a frame."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable
from placekeeper.model.lake import LakeFile
from placekeeper.model.progress import Count, Stage
from placekeeper.ports.lake import LakeReader
from placekeeper.ports.progress import Progress
from placekeeper.rules.sorted_streams import coalesced
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.freed_memory import keep_freed_memory
from placekeeper.runtime.formats.shared.arrow_files import in_frame
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan.bins import OPEN_BYTES, Places, bins
from placekeeper.runtime.scan.notices import Notices
from placekeeper.runtime.scan.tally import Tally
from placekeeper.runtime.types.canonical import Canonical, Rules
from placekeeper.runtime.types.depth import check_depth
from placekeeper.runtime.types.engine_columns import engine_schema
from placekeeper.runtime.types.missing_fields import NOTHING_MISSING
from placekeeper.runtime.types.nulls import nulls_below_nulls


def frame_schema(columns: pa.Schema, name: str) -> pa.Schema:
    """The columns of a table as a frame has them. Raises UnsupportedFeature for what Spark cannot hold."""
    schema = pa.schema([_canonical(field, name).field for field in columns])
    check_depth(schema, name)
    return schema


def scan_lake(
    engine: Engine,
    reader: LakeReader,
    files: Sequence[LakeFile],
    schema: pa.Schema,
    name: str,
    notices: Notices,
    progress: Progress,
) -> Frame:
    """A frame of the rows of data files, in the columns of `schema`; it is empty without files.

    The rows are read when the DataFrame is evaluated. `name` is that of the table, in errors.
    """
    columns = engine_schema(schema, NOTHING_MISSING)
    if not files:
        return Frame(engine.session.createDataFrame([], columns), schema)
    progress.count(Stage.READING, Count(total=len(files), total_size=sum(file.size for file in files)))
    costs: Places = np.array([file.size + OPEN_BYTES for file in files], np.int64)
    tasks = bins(costs, parallelism=engine.parallelism)
    handed = engine.hand_out(
        msgspec.msgpack.encode([files[place] for place in places.tolist()]) for places in tasks
    )
    find, reading = handed.find, _Reading(reader, schema, name, notices, progress)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        keep_freed_memory()
        for batch in batches:
            for part in find(batch):
                yield from reading(msgspec.msgpack.decode(part, type=tuple[LakeFile, ...]))

    return Frame(handed.rows.mapInArrow(run, columns), schema)


def unreadable(reader: LakeReader, files: Iterable[LakeFile]) -> Sequence[RecordUnreadable]:
    """The errors of the data files that cannot be read."""
    found = []
    for file in files:
        try:
            for _ in reader.read(file):
                pass
        except RecordUnreadable as error:
            found.append(error)
    return found


@dataclass(frozen=True)
class _Reading:
    """The data files of a task → their rows."""

    reader: LakeReader
    schema: pa.Schema
    name: str
    notices: Notices
    progress: Progress

    def __call__(self, files: Iterable[LakeFile]) -> Iterator[pa.RecordBatch]:
        return map(nulls_below_nulls, coalesced(self._batches(files)))

    def _batches(self, files: Iterable[LakeFile]) -> Iterator[pa.RecordBatch]:
        tally = Tally(self.progress, Stage.READING)
        for file in files:
            rows = 0
            try:
                for batch in self.reader.read(file):
                    yield self._in_frame(batch, file.path, rows)
                    tally.rows(batch.num_rows)
                    rows += batch.num_rows
            except RecordUnreadable as error:
                self.notices.leave(error)
                raise
            tally.object(size=file.size)
        tally.tell()

    def _in_frame(self, batch: pa.RecordBatch, path: str, row: int) -> pa.RecordBatch:
        arrays = [
            in_frame(array, _canonical(field, self.name), wanted, path, row)
            for array, field, wanted in zip(batch.columns, batch.schema, self.schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def _canonical(field: pa.Field, name: str) -> Canonical:
    return Rules(f"the table {name}, column {field.name}").field(field)
