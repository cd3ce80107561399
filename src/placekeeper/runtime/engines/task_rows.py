"""Rows that carry the number of the task that made them, in a last column."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa


def by_task(batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of each task that follow each other, by a last column of task numbers, which goes."""
    if not batch.num_rows:
        return
    last = batch.num_columns - 1
    tasks, rows = batch.column(last).to_numpy(), batch.remove_column(last)
    changes = np.flatnonzero(np.diff(tasks)) + 1
    for begin, end in pairwise((0, *changes.tolist(), len(tasks))):
        yield int(tasks[begin]), rows.slice(begin, end - begin)
