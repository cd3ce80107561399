"""The part of a task: its pieces of objects, in the bytes in which they are sent to it."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from placekeeper.model.objects import LISTING_SCHEMA, ObjectMetas, object_rows
from placekeeper.rules.sorted_streams import coalesced
from placekeeper.runtime.scan.bins import Places
from placekeeper.runtime.scan.cuts import Piece, Pieces

_SCHEMA: Final = pa.schema([*LISTING_SCHEMA, ("begin", pa.int64()), ("end", pa.int64())])
_PACKED: Final = pa.ipc.IpcWriteOptions(compression="zstd")


def encoded(objects: ObjectMetas, pieces: Pieces, tasks: Iterable[Places]) -> Iterator[bytes]:
    """The part of each task, made when it is asked for; `tasks` has places in the list of pieces."""
    ends = np.cumsum([0, *(batch.num_rows for batch in objects.batches)])
    for places in tasks:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, _SCHEMA, options=_PACKED) as writer:
            rows = _taken(objects, ends, pieces.places[places])
            for batch in coalesced(_with_ranges(rows, pieces, places)):
                writer.write_batch(batch)
        yield sink.getvalue().to_pybytes()


def decoded(part: pa.Buffer) -> Iterator[Piece]:
    """The pieces of a part, in their order; some thousands are in memory at a time."""
    with pa.ipc.open_stream(part) as reader:
        for batch in reader:
            ranges = zip(batch.column("begin").to_pylist(), batch.column("end").to_pylist(), strict=True)
            for meta, (begin, end) in zip(object_rows(batch), ranges, strict=True):
                yield Piece(meta, begin, end)


def _with_ranges(
    batches: Iterable[pa.RecordBatch], pieces: Pieces, places: Places
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        here, places = places[: batch.num_rows], places[batch.num_rows :]
        ranges = [pa.array(pieces.begins[here]), pa.array(pieces.ends[here])]
        yield pa.RecordBatch.from_arrays([*batch.columns, *ranges], schema=_SCHEMA)


def _taken(objects: ObjectMetas, ends: Places, places: Places) -> Iterator[pa.RecordBatch]:
    """The rows at some places, batch by batch; an empty part has none."""
    number = int(np.searchsorted(ends, places[0], side="right")) - 1 if len(places) else len(objects.batches)
    while len(places):
        count = int(np.searchsorted(places, ends[number + 1]))
        if count:
            yield objects.batches[number].take(pa.array(places[:count] - ends[number]))
        places = places[count:]
        number += 1
