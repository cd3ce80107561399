"""A file of Arrow on the disk of a run. Arrow's own errors name no file and no way out."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa


class ArrowFile:
    """A new file at `path`, with batches of one schema; it goes if the block that writes it raises.

    `new` makes its writer: pa.ipc.new_file or pa.ipc.new_stream. `what` says to people what the file has.
    All methods raise OSError, with what to do, where the file cannot be written.
    """

    def __init__(
        self, path: str, schema: pa.Schema, new: Callable[..., Any], what: str, **options: Any
    ) -> None:
        self._path = path
        self._what = what
        with self._explained():
            self._file = pa.OSFile(path, "wb")
            self._writer = new(self._file, schema, **options)

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        with self._explained():
            self._writer.write_batch(batch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._drop()
            return
        with self._explained():
            self._writer.close()
            self._file.close()

    def _drop(self) -> None:
        for close in (self._writer.close, self._file.close, Path(self._path).unlink):
            with suppress(OSError):  # the error that is being raised says why
                close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            raise OSError(
                f"{self._what} cannot be written to {self._path}: {why}. Make room on that disk, and run "
                "again"
            ) from error
