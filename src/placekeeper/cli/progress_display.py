"""A display of a run's progress on the error stream, which leaves the run's own lines whole.

At a terminal it is one line that is drawn anew, and erased before anything else is written. Elsewhere it is a
line of its own now and then.
"""

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from msgspec import Struct

from placekeeper.cli.progress_text import progress_text
from placekeeper.host.background import repeating
from placekeeper.host.clock import monotonic_ms
from placekeeper.model.progress import Count, Stage
from placekeeper.ports.launcher import Echo
from placekeeper.ports.progress import Counts

_LOOK_S = 0.25
_FIRST_DRAWN_MS = 1_000
"""A run that takes less than that draws nothing."""

_LINE_EVERY_MS = 30_000
_ERASE = b"\r\x1b[K"


class ProgressDisplay:
    """Follows the counts of a run, and shows them on `stream`; `now_ms` is a clock that never goes back."""

    def __init__(self, stream: BinaryIO, now_ms: Callable[[], int], *, is_terminal: bool) -> None:
        self._stream = stream
        self._now_ms = now_ms
        self._is_terminal = is_terminal
        self._lock = threading.Lock()
        self._reader: Counts | None = None
        self._counts: dict[Stage, Count] = {}
        self._began_ms: dict[Stage, int] = {}
        self._now: Stage | None = None
        self._next_ms = 0
        self._said = ""
        self._is_drawn = False
        self._line_is_open = False

    def follow(self, counts: Counts) -> None:
        """Follow the counts of another process of the run, which start at zero."""
        with self._lock:
            self._reader = counts
            self._counts, self._began_ms, self._now, self._said = {}, {}, None, ""
            self._next_ms = self._now_ms() + (_FIRST_DRAWN_MS if self._is_terminal else _LINE_EVERY_MS)

    def look(self) -> None:
        """Read the counts, and show them if it is time."""
        with self._lock:
            if self._reader is None:
                return
            now_ms = self._now_ms()
            for stage, more in self._reader.new():
                self._counts[stage] = self._counts.get(stage, Count()) + more
                if more.done or more.rows or more.size:  # not what is only to be done
                    self._now = stage
                    self._began_ms.setdefault(stage, now_ms)
            if not self._reader.is_there:  # the run is over
                self._erase()
                return
            if self._now is None or now_ms < self._next_ms:
                return
            seconds = {stage: (now_ms - began) / 1000 for stage, began in self._began_ms.items()}
            self._show(progress_text(self._counts, self._now, seconds), now_ms)

    def guarded(self, stream: BinaryIO) -> "Guarded":
        """A stream that may share the screen with us: our line is erased before anything is written to it."""
        return Guarded(self, stream)

    def write_to(self, stream: BinaryIO, data: bytes) -> int:
        """Write to a stream that shares the screen."""
        with self._lock:
            self._erase()
            self._line_is_open = not data.endswith(b"\n")
            return stream.write(data)

    def close(self) -> None:
        """Erase our line; nothing is shown any more."""
        with self._lock:
            self._reader = None
            self._erase()

    def _show(self, text: str, now_ms: int) -> None:
        with suppress(OSError, ValueError):  # a terminal that has gone
            if not self._is_terminal:
                self._next_ms = now_ms + _LINE_EVERY_MS
                if text != self._said:
                    self._write(f"placekeeper: {text}\n".encode())
                self._said = text
            elif not self._line_is_open:  # else it would be erased with ours
                width = max(20, shutil.get_terminal_size().columns - 1)
                self._write(_ERASE + f"placekeeper: {text}"[:width].encode())
                self._is_drawn = True

    def _erase(self) -> None:
        if self._is_drawn:
            self._is_drawn = False
            with suppress(OSError, ValueError):
                self._write(_ERASE)

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._stream.flush()


class Guarded(Struct, frozen=True):
    """Takes what a run says, as ports.launcher.Echo wants it."""

    display: ProgressDisplay
    stream: BinaryIO

    def write(self, data: bytes) -> int:
        """Write it; our line is erased before."""
        return self.display.write_to(self.stream, data)

    def flush(self) -> None:
        """Bring it to the screen."""
        self.stream.flush()


@contextmanager
def echoing(*, as_json: bool, quiet: bool) -> Iterator[Echo]:
    """Where the streams of a run go, which is watched while the context lasts; not `as_json`, nor if `quiet`.

    With `as_json` the output goes to the error stream: the standard output is for the document.
    """
    output, error = (sys.stderr if as_json else sys.stdout).buffer, sys.stderr.buffer
    if as_json or quiet:
        yield Echo(output, error)
        return
    display = ProgressDisplay(error, monotonic_ms, is_terminal=sys.stderr.isatty())
    on_screen = display.guarded(output) if sys.stdout.isatty() else output
    try:
        with repeating(_LOOK_S, "progress", display.look):
            yield Echo(on_screen, display.guarded(error), display.follow)
    finally:
        display.close()
