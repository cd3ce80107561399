"""The files of one task. Each is opened at its first row and ends when it is full; few are open at a time."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from placekeeper.model.publication import StagedFile
from placekeeper.ports.objects import Staging, StagingFile
from placekeeper.runtime.formats.format import OutputFormat, Writer
from placekeeper.runtime.sink.hive import Grouped
from placekeeper.runtime.sink.names import FileNames
from placekeeper.runtime.sink.spill import Spill

OPEN_FILES: Final = 32
"""So many files are open in one task of a sink. The rows of more folders wait until these are finished."""

BUFFER_BYTES: Final = 256 * 1024 * 1024
"""At most about that many bytes wait in memory for all files of one task."""


@dataclass(frozen=True, kw_only=True)
class FileLimits:
    """When a file is finished and another one begun: at about so many bytes, or rows; None for no limit."""

    size: int | None = 256 * 1024 * 1024
    rows: int | None = None


@dataclass(frozen=True, kw_only=True)
class TaskTarget:
    """Where the files of one write go, under which names, in which format."""

    staging: Staging
    folder: str
    run_id: str
    names: FileNames
    output: OutputFormat
    immediate: bool
    checkpoint: Callable[[str], None]
    limits: FileLimits = FileLimits()

    def path(self, partition: str, task: int, number: int) -> str:
        """The URI of a task's file in a partition folder (`k=v/` or empty); `number` counts them, from 0."""
        name = self.names.name(partition, task, number, self.output.suffix)
        return f"{self.folder.rstrip('/')}/{partition}{name}"


class _Counted:
    """A staging file that knows how much was written to it, and takes nothing more once aborted.

    (A Parquet writer that is dropped writes its footer.)
    """

    def __init__(self, file: StagingFile) -> None:
        self.file = file
        self.size = 0
        self._is_aborted = False

    def write(self, data: bytes) -> int:
        if self._is_aborted:
            return len(data)
        self.size += len(data)
        return self.file.write(data)

    def finish(self, *, rows: int) -> StagedFile:
        return self.file.finish(rows=rows)

    def abort(self) -> None:
        self._is_aborted = True
        self.file.abort()


@dataclass
class _Open:
    file: _Counted
    writer: Writer
    rows: int = 0


class TaskFiles:
    """The files that one task writes; a context whose end by an exception aborts what is open."""

    def __init__(self, target: TaskTarget, task: int = 0) -> None:
        """`task` is the number in the names of the files."""
        self._target = target
        self._task = task
        self._open: dict[str, _Open] = {}
        self._staged: list[StagedFile] = []
        self._begun: Counter[str] = Counter()
        self._spill = Spill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop the files that are not finished; finished ones are swept with the run's other leavings."""
        for entry in self._open.values():
            entry.file.abort()
        self._open.clear()
        self._spill.close()

    def write(self, rows: Grouped) -> None:
        """Add rows to the files of their folders. Those of folders that find no room wait for the end."""
        names: list[str] = []
        waiting: list[NDArray[np.int64]] = []
        for name, numbers in rows.parts():
            if self._has_room(name):
                self._write(name, rows.taken(numbers))
            else:
                names.append(name)
                waiting.append(numbers)
        if waiting:
            taken = rows.taken(np.concatenate(waiting))
            self._spill.add(taken, names, [len(numbers) for numbers in waiting])

    def begin(self, schema: pa.Schema) -> None:
        """Begin the file that has no rows."""
        self._begin("", schema)

    def _has_room(self, partition: str) -> bool:
        """Whether rows may be written now: those of a folder whose earlier rows wait may not."""
        if partition in self._spill:
            return False
        return partition in self._open or len(self._open) < OPEN_FILES

    def _write(self, partition: str, batch: pa.RecordBatch) -> None:
        most = self._target.limits.rows
        while most is not None and batch.num_rows:
            entry = self._entry(partition, batch.schema)
            part = batch.slice(0, most - entry.rows)
            self._add(entry, partition, part)
            batch = batch.slice(part.num_rows)
        if batch.num_rows:
            self._add(self._entry(partition, batch.schema), partition, batch)

    def _entry(self, partition: str, schema: pa.Schema) -> _Open:
        return self._open.get(partition) or self._begin(partition, schema)

    def _add(self, entry: _Open, partition: str, batch: pa.RecordBatch) -> None:
        limits = self._target.limits
        entry.writer.write(batch)
        entry.rows += batch.num_rows
        if entry.rows == limits.rows or (limits.size is not None and entry.file.size >= limits.size):
            self._finish(partition)
        while sum(other.writer.buffered_bytes for other in self._open.values()) > BUFFER_BYTES:
            max(self._open.values(), key=lambda other: other.writer.buffered_bytes).writer.flush()

    def staged(self) -> list[StagedFile]:
        """Write what waits, and finish every file; what was staged."""
        self._finish_open()
        for partition, batches in self._spill.parts():
            for batch in batches:
                self._write(partition, batch)
            self._finish_open()
        return self._staged

    def _finish_open(self) -> None:
        for partition in list(self._open):
            self._finish(partition)

    def _begin(self, partition: str, schema: pa.Schema) -> _Open:
        target = self._target
        file = _Counted(
            target.staging.create(
                target.path(partition, self._task, self._begun[partition]),
                run_id=target.run_id,
                immediate=target.immediate,
            )
        )
        self._begun[partition] += 1
        entry = _Open(file, target.output.writer(file, schema))
        self._open[partition] = entry
        target.checkpoint("sink.file-opened")
        return entry

    def _finish(self, partition: str) -> None:
        entry = self._open[partition]
        entry.writer.close()
        self._staged.append(entry.file.finish(rows=entry.rows))
        del self._open[partition]
        self._target.checkpoint("sink.file-staged")
