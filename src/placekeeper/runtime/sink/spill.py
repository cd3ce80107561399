"""Rows that wait on disk for the end of a task, sorted by the folder that they go to.

A task that writes to more folders than files may be open at a time would otherwise begin and finish files
again and again. So the rows of the others wait here, and are then written folder by folder.
"""

import mmap
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

RUN_BYTES: Final = 64 * 1024 * 1024
"""Rows of so many bytes are sorted in memory at once."""

_Bounds = NDArray[np.int64]


class Spill:
    """Rows by folder. At most `run_bytes` of them, twice while they are sorted, are in memory.

    They are all added before the first of them is taken.
    """

    def __init__(self, run_bytes: int = RUN_BYTES) -> None:
        self._run_bytes = run_bytes
        self._numbers: dict[str, int] = {}
        self._waiting: list[pa.RecordBatch] = []
        self._owners: list[NDArray[np.int64]] = []
        self._size = 0
        self._disk: _Disk | None = None
        self._bounds: list[_Bounds] = []

    def __contains__(self, folder: str) -> bool:
        return folder in self._numbers

    def add(self, rows: pa.RecordBatch, folders: Sequence[str], counts: Sequence[int]) -> None:
        """Add rows: the first `counts[0]` go to `folders[0]`, and so on. Raises OSError for a full disk."""
        numbers = [self._numbers.setdefault(folder, len(self._numbers)) for folder in folders]
        self._waiting.append(rows)
        self._owners.append(np.repeat(numbers, counts))
        self._size += rows.nbytes + self._owners[-1].nbytes
        if self._size >= self._run_bytes:
            run, bounds = self._sorted()
            self._disk = self._disk or _Disk(rows.schema)
            self._disk.add(run)
            self._bounds.append(bounds)

    def parts(self) -> Iterator[tuple[str, Iterator[pa.RecordBatch]]]:
        """Each folder with its rows, in the order in which they came, as batches that are not empty."""
        runs = list(zip(self._disk.runs() if self._disk else [], self._bounds, strict=True))
        if self._waiting:
            runs.append(self._sorted())
        for folder, number in self._numbers.items():
            parts = (_of(number, rows, bounds) for rows, bounds in runs)
            yield folder, (part for part in parts if part.num_rows)

    def close(self) -> None:
        """Give the disk back, but for rows that somebody still has."""
        if self._disk is not None:
            self._disk.close()

    def _sorted(self) -> tuple[pa.RecordBatch, _Bounds]:
        """The rows in memory, sorted by the number of their folder: those of `n` are from `bounds[n]` on."""
        rows, owners = pa.concat_batches(self._waiting), np.concatenate(self._owners)
        self._waiting, self._owners, self._size = [], [], 0
        order = np.argsort(owners, kind="stable")
        bounds = np.searchsorted(owners[order], np.arange(len(self._numbers) + 1))
        return rows.take(pa.array(order)), bounds


def _of(number: int, rows: pa.RecordBatch, bounds: _Bounds) -> pa.RecordBatch:
    """The rows of a folder; folders that came later have none."""
    if number + 1 >= len(bounds):
        return rows.slice(0, 0)
    begin, end = int(bounds[number]), int(bounds[number + 1])
    return rows.slice(begin, end - begin)


class _Disk:
    """Runs in one file without a name, which goes with them; only what is looked at is in memory.

    It has one descriptor, however many the runs are. Raises OSError for a full disk.
    """

    def __init__(self, schema: pa.Schema) -> None:
        with _explained():
            self._file = tempfile.TemporaryFile(prefix="placekeeper-spill-")  # noqa: SIM115 - closed below
            self._writer = pa.ipc.new_file(pa.PythonFile(self._file, mode="w"), schema)

    def add(self, rows: pa.RecordBatch) -> None:
        """Append a run."""
        with _explained():
            self._writer.write_batch(rows)

    def runs(self) -> list[pa.RecordBatch]:
        """All of them; nothing is added any more."""
        with _explained():
            self._writer.close()
            self._file.flush()
        mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        self.close()
        found = pa.ipc.open_file(pa.py_buffer(mapped))
        return [found.get_batch(number) for number in range(found.num_record_batches)]

    def close(self) -> None:
        """Drop the file. Rows that were taken stay."""
        with suppress(OSError):  # what the disk could not take is dropped anyway
            self._file.close()


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
