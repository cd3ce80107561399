"""Rows that wait on disk for the end of a task, sorted by the folder that they go to.

A task that writes to more folders than files may be open at a time would otherwise begin and finish files
again and again. So the rows of the others wait here, and are then written folder by folder.
"""

import mmap
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

RUN_BYTES: Final = 64 * 1024 * 1024
"""Rows of so many bytes are sorted in memory at once."""


class Spill:
    """Rows by folder. At most `run_bytes` of them, twice while they are sorted, are in memory."""

    def __init__(self, run_bytes: int = RUN_BYTES) -> None:
        self._run_bytes = run_bytes
        self._numbers: dict[str, int] = {}
        self._waiting: list[pa.RecordBatch] = []
        self._owners: list[NDArray[np.int64]] = []
        self._size = 0
        self._runs: list[_Run] = []

    def __contains__(self, folder: str) -> bool:
        return folder in self._numbers

    def add(self, rows: pa.RecordBatch, folders: Sequence[str], counts: Sequence[int]) -> None:
        """Add rows: the first `counts[0]` go to `folders[0]`, and so on. Raises OSError for a full disk."""
        numbers = [self._numbers.setdefault(folder, len(self._numbers)) for folder in folders]
        self._waiting.append(rows)
        self._owners.append(np.repeat(numbers, counts))
        self._size += rows.nbytes
        if self._size >= self._run_bytes:
            run = self._sorted()
            self._runs.append(_Run(_on_disk(run.rows), run.bounds))

    def parts(self) -> Iterator[tuple[str, Iterator[pa.RecordBatch]]]:
        """Each folder with its rows, in the order in which they came, as batches that are not empty."""
        if self._waiting:
            self._runs.append(self._sorted())
        for folder, number in self._numbers.items():
            parts = (run.of(number) for run in self._runs)
            yield folder, (part for part in parts if part.num_rows)

    def _sorted(self) -> "_Run":
        rows, owners = pa.concat_batches(self._waiting), np.concatenate(self._owners)
        self._waiting, self._owners, self._size = [], [], 0
        order = np.argsort(owners, kind="stable")
        bounds = np.searchsorted(owners[order], np.arange(len(self._numbers) + 1))
        return _Run(rows.take(pa.array(order)), bounds)


class _Run:
    """Rows sorted by the number of their folder: those of `n` are at `bounds[n]` up to `bounds[n + 1]`."""

    def __init__(self, rows: pa.RecordBatch, bounds: NDArray[np.int64]) -> None:
        self.rows = rows
        self.bounds = bounds

    def of(self, number: int) -> pa.RecordBatch:
        """The rows of a folder; folders that came later have none."""
        if number + 1 >= len(self.bounds):
            return self.rows.slice(0, 0)
        begin, end = int(self.bounds[number]), int(self.bounds[number + 1])
        return self.rows.slice(begin, end - begin)


def _on_disk(rows: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows in a file without a name, which goes with them; only what is looked at is in memory."""
    with _explained(), tempfile.TemporaryFile(prefix="placekeeper-spill-") as file:
        with pa.ipc.new_stream(pa.PythonFile(file, mode="w"), rows.schema) as out:
            out.write_batch(rows)
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return pa.ipc.open_stream(pa.py_buffer(mapped)).read_next_batch()


@contextmanager
def _explained() -> Iterator[None]:
    """Make OSErrors of the temporary file say what to do."""
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(
            f"a temporary file in {tempfile.gettempdir()} cannot be written: {why}. Make room there, or let "
            "TMPDIR name a folder on a larger disk, and run again"
        ) from error
