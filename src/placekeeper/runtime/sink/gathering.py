"""Small batches together: engines give some thousand rows at a time, and each costs a writer some calls."""

from collections.abc import Iterable, Iterator
from typing import Final

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


def _together(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
