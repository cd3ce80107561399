"""The part of a task: its objects, in the bytes in which they are sent to it."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from placekeeper.model.objects import LISTING_SCHEMA, ObjectMeta, ObjectMetas, object_rows
from placekeeper.rules.sorted_streams import coalesced
from placekeeper.runtime.scan.bins import Places

_PACKED: Final = pa.ipc.IpcWriteOptions(compression="zstd")


def encoded(objects: ObjectMetas, tasks: Iterable[Places]) -> Iterator[bytes]:
    """The part of each task, made when it is asked for."""
    ends = np.cumsum([0, *(batch.num_rows for batch in objects.batches)])
    for places in tasks:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, LISTING_SCHEMA, options=_PACKED) as writer:
            for batch in coalesced(_taken(objects, ends, places)):
                writer.write_batch(batch)
        yield sink.getvalue().to_pybytes()


def decoded(part: pa.Buffer) -> Iterator[ObjectMeta]:
    """The objects of a part, in their order; some thousands are in memory at a time."""
    with pa.ipc.open_stream(part) as reader:
        for batch in reader:
            yield from object_rows(batch)


def _taken(objects: ObjectMetas, ends: Places, places: Places) -> Iterator[pa.RecordBatch]:
    """The rows at some places, batch by batch; an empty part has none."""
    number = int(np.searchsorted(ends, places[0], side="right")) - 1 if len(places) else len(objects.batches)
    while len(places):
        count = int(np.searchsorted(places, ends[number + 1]))
        if count:
            yield objects.batches[number].take(pa.array(places[:count] - ends[number]))
        places = places[count:]
        number += 1
