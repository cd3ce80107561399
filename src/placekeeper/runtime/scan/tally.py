"""Counting of small things: progress is told of many at once, because each telling costs a system call."""

from typing import Final

from placekeeper.model.progress import Count, Stage
from placekeeper.ports.progress import Progress

_OBJECTS: Final = 100
_BYTES: Final = 1024 * 1024


class Tally:
    """Sums of a stage, told to `progress` when they are worth it, and when the task calls `tell`."""

    def __init__(self, progress: Progress, stage: Stage) -> None:
        self._progress = progress
        self._stage = stage
        self._objects = self._rows = self._size = 0

    def rows(self, rows: int) -> None:
        """Tell of rows of an object that has more."""
        self._progress.count(self._stage, Count(rows=rows))

    def object(self, *, size: int, rows: int = 0, is_first: bool = True) -> None:
        """Count an object and its last rows; or a piece of one, which counts as the object if `is_first`."""
        self.objects(int(is_first), size=size, rows=rows)

    def objects(self, count: int, *, size: int, rows: int) -> None:
        """Count several whole objects, and all of their rows."""
        self._objects += count
        self._rows += rows
        self._size += size
        if self._objects >= _OBJECTS or self._size >= _BYTES:
            self.tell()

    def tell(self) -> None:
        """Tell of what was not told yet."""
        if self._objects or self._size:
            self._progress.count(self._stage, Count(done=self._objects, rows=self._rows, size=self._size))
            self._objects = self._rows = self._size = 0
