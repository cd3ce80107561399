"""The file by which the processes of a run tell its launcher their progress: records of one size.

The process of the run and its tasks, in processes of their own on Spark, only append; one record is one
write, so that records do not mix. A full disk may tear one: each begins with a mark and ends with a checksum,
and a reader goes on at the next whole one. On other machines the folder is not there, and nothing is counted.
"""

import os
import struct
import time
import weakref
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

from msgspec import Struct

from placekeeper.model.progress import Count, Reads, Stage

_STAGES = tuple(Stage)
_MARK = b"\xa5pk"
_COUNTS = struct.Struct("<3sBHqqqqqqq")
_CHECK = struct.Struct("<I")
_SIZE = _COUNTS.size + _CHECK.size
_NO_SOURCE = 0xFFFF


def progress_path(run_folder: Path) -> Path:
    """The file for the counts of a run, in the run's own folder."""
    return run_folder / "progress"


class _Record(Struct, frozen=True):
    """One record; the times are those of the machine's monotonic clock."""

    stage: Stage
    source: int
    count: Count
    began_ns: int
    at_ns: int


class ProgressFile:
    """Implements ports.progress.Progress."""

    def __init__(self, path: str, source: int = _NO_SOURCE) -> None:
        self._path = path
        self._source = source
        self._began_ns = time.monotonic_ns()  # in a task: when the engine has brought it there
        self._file: FileIO | None = None
        self._is_tried = False

    def __reduce__(self) -> tuple[Any, ...]:
        return (ProgressFile, (self._path, self._source))

    def count(self, stage: Stage, more: Count) -> None:
        """See ports.progress.Progress."""
        numbers = (more.done, more.total, more.rows, more.size, more.total_size)
        times_ns = (self._began_ns, time.monotonic_ns())
        counts = _COUNTS.pack(_MARK, _STAGES.index(stage), self._source, *numbers, *times_ns)
        if not self._is_tried:
            self._file = self._opened()
            self._is_tried = True
        if self._file is not None:
            with suppress(OSError):  # a full disk
                self._file.write(counts + _CHECK.pack(zlib.crc32(counts)))

    def of_source(self, number: int) -> "ProgressFile":
        """See ports.progress.Progress."""
        return ProgressFile(self._path, min(number, _NO_SOURCE))

    def reads(self) -> Mapping[int, Reads]:
        """See ports.progress.Progress."""
        rows: Counter[int] = Counter()
        spans: dict[int, dict[int, int]] = defaultdict(dict)
        for record in ProgressReader(Path(self._path)).records():
            if record.stage is Stage.READING and (record.count.done or record.count.rows):
                rows[record.source] += record.count.rows
                spans[record.source][record.began_ns] = record.at_ns
        return {
            source: Reads(rows=rows[source], seconds=covered(found) / 1e9)
            for source, found in spans.items()
            if source != _NO_SOURCE
        }

    def _opened(self) -> FileIO | None:
        """The file, or None on another machine or for a run that is over.

        It stays open while the exit functions run: a job process runs them, and counts what it publishes
        after that. By then another file or connection may have the number of a descriptor that was closed.
        """
        try:
            file = FileIO(self._path, "ab", opener=_opened_for_us_alone)
        except OSError:
            return None
        weakref.finalize(self, file.close).atexit = False
        return file


def _opened_for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class ProgressReader:
    """Implements ports.progress.Counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    @property
    def is_there(self) -> bool:
        """True if something was counted and the run has not ended; its folder goes when it ends."""
        return self._path.exists()

    def new(self) -> Iterator[tuple[Stage, Count]]:
        """Records in the order in which they were written; none where there is no file."""
        return ((record.stage, record.count) for record in self.records())

    def records(self) -> Iterator["_Record"]:
        """The same with all that they say."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return
        at = 0
        while (at := _next_mark(data, at)) + _SIZE <= len(data):
            found = _whole(data[at : at + _SIZE])
            if found is None:  # torn: what follows begins somewhere in it
                at += 1
                continue
            at += _SIZE
            yield found
        self._offset += at


def _next_mark(data: bytes, start: int) -> int:
    """Where the next record may begin: at a mark, or at the end where part of one may stand."""
    found = data.find(_MARK, start)
    return found if found >= 0 else max(start, len(data) - len(_MARK) + 1)


def _whole(record: bytes) -> _Record | None:
    """What a record says; None for bytes that are not one."""
    counts, (check,) = record[: _COUNTS.size], _CHECK.unpack(record[_COUNTS.size :])
    _, stage, source, done, total, rows, size, total_size, began_ns, at_ns = _COUNTS.unpack(counts)
    if check != zlib.crc32(counts) or stage >= len(_STAGES):
        return None
    count = Count(done=done, total=total, rows=rows, size=size, total_size=total_size)
    return _Record(_STAGES[stage], source, count, began_ns, at_ns)


def covered(spans: Mapping[int, int]) -> int:
    """How much time spans cover that may overlap, each by its begin."""
    covered = upto = 0
    for begin, end in sorted(spans.items()):
        covered += max(0, end - max(begin, upto))
        upto = max(upto, end)
    return covered
