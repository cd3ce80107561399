"""Small batches together: engines give some thousand rows at a time, and each costs a writer some calls."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa

GATHERED_ROWS: Final = 65_536
GATHERED_BYTES: Final = 16 * 1024 * 1024


def gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of batches, in order, none of them empty; a batch that is large stays alone.

    What is gathered has at least `GATHERED_ROWS` or `GATHERED_BYTES`, but for the last, and for the last of a
    schema, where another one follows.
    """
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        if waiting and batch.schema != waiting[0].schema:
            yield _together(waiting)
            waiting, rows, size = [], 0, 0
        waiting.append(batch)
        rows, size = rows + batch.num_rows, size + pa.ipc.get_record_batch_size(batch)
        if rows >= GATHERED_ROWS or size >= GATHERED_BYTES:
            yield _together(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield _together(waiting)


def by_task(batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of each task that follow each other, by a last column of task numbers, which goes."""
    last = batch.num_columns - 1
    tasks, rows = batch.column(last).to_numpy(), batch.remove_column(last)
    changes = np.flatnonzero(np.diff(tasks)) + 1
    for begin, end in pairwise((0, *changes.tolist(), len(tasks))):
        yield int(tasks[begin]), rows.slice(begin, end - begin)


def _together(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
