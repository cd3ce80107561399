"""The external sort of listings that do not come in key order."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa

from placekeeper.rules.sorted_streams import merge_sorted, sort_rows

RUN_BYTES = 64 * 1024 * 1024
"""The most bytes that are sorted in memory at once: about half a million listed objects."""

_FAN_IN = 32
_CHUNK_ROWS = 16_384


def sort_externally(
    batches: Iterable[pa.RecordBatch], *, run_bytes: int = RUN_BYTES
) -> Iterator[pa.RecordBatch]:
    """The rows of `batches`, in any order, as one stream sorted by `path`, each path once.

    Memory holds `run_bytes` of rows and one batch of each of at most 32 runs; the rest is in a temporary
    folder (TMPDIR), which is removed at the end. Of equal paths the first row wins. Raises OSError if
    that disk is full.
    """
    held: list[pa.RecordBatch] = []
    held_bytes = 0
    with tempfile.TemporaryDirectory(prefix="placekeeper-sort-") as folder:
        runs = _Runs(Path(folder))
        for batch in batches:
            held.append(batch)
            held_bytes += batch.nbytes
            if held_bytes >= run_bytes:
                runs.add(_chunks(held))
                held, held_bytes = [], 0
        last = [_chunks(held)] if held else []
        yield from merge_sorted([*runs.streams(), *last])


def _chunks(held: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from sort_rows(held).to_batches(max_chunksize=_CHUNK_ROWS)


class _Runs:
    """Sorted runs in files, oldest first. When there are too many for one merge, they are merged into one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[Path] = []
        self._count = 0

    def add(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Write one more sorted run."""
        self._files.append(self._write(batches))
        if len(self._files) == _FAN_IN:
            merged = self._write(merge_sorted(self.streams()))
            for file in self._files:
                file.unlink()
            self._files = [merged]

    def streams(self) -> list[Iterator[pa.RecordBatch]]:
        """Every run as a stream, oldest first."""
        return [read_run(file) for file in self._files]

    def _write(self, batches: Iterable[pa.RecordBatch]) -> Path:
        self._count += 1
        return write_run(self._folder / f"{self._count}.arrow", batches)


def write_run(path: Path, batches: Iterable[pa.RecordBatch]) -> Path:
    """Write a file of at least one batch; its path. Raises OSError, which names it, if the disk is full."""
    stream = iter(batches)
    first = next(stream)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with _naming(path):
        sink = pa.OSFile(str(path), "wb")
    with closing(sink):
        with _naming(path):
            out = pa.ipc.new_stream(sink, first.schema, options=options)
            out.write_batch(first)
        for batch in stream:  # errors of whoever makes the batches are not of this file
            with _naming(path):
                out.write_batch(batch)
        with _naming(path):
            out.close()
    return path


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Raise Arrow's errors of a temporary file with its name, which they lack, and what to do."""
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(
            f"the temporary file {path} cannot be written: {why}. Make room there, or let TMPDIR name a "
            "folder on a larger disk, and run again"
        ) from error


def read_run(path: Path) -> Iterator[pa.RecordBatch]:
    """The batches of such a file."""
    with closing(pa.OSFile(str(path), "rb")) as source, pa.ipc.open_stream(source) as reader:
        yield from reader
