"""The logs of a run: first the lines that are there, then new ones until the run has ended."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from placekeeper.cli.interrupts import Interrupt

_POLL_S = 0.2
_CHUNK = 1 << 20

HELD_BYTES = 64 * 1024
"""The most bytes of a line that wait for its end."""


class Tail:
    """One log and the stream it is copied to, by whole lines, so that two logs can share a screen.

    A line ends with a line feed or, as those of progress bars, a carriage return.
    """

    def __init__(self, log: Path, stream: BinaryIO) -> None:
        self._log = log
        self._stream = stream
        self._position = 0
        self._held = b""

    def write_new(self) -> None:
        """Write the lines that have come since the last call. A short line without an end waits."""
        if not self._log.exists():  # the run waits to be taken
            return
        with self._log.open("rb") as log:
            log.seek(self._position)
            while chunk := log.read(_CHUNK):
                self._position += len(chunk)
                end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
                if end or len(self._held) + len(chunk) > HELD_BYTES:
                    end = end or len(chunk)
                    self._stream.write(self._held + chunk[:end])
                    self._held = b""
                self._held += chunk[end:]
        self._stream.flush()

    def write_rest(self) -> None:
        """Write what has come, to the last byte."""
        self.write_new()
        self._stream.write(self._held)
        self._stream.flush()
        self._held = b""


def follow(tails: list[Tail], has_ended: Callable[[], bool], stop: Interrupt) -> bool:
    """Write what comes until the run has ended and all of it is written; False when told to stop before."""
    while not has_ended():
        for tail in tails:
            tail.write_new()
        if stop.wait(_POLL_S):
            return False
    for tail in tails:
        tail.write_rest()
    return True


def tails(output: Path | None, error: Path | None) -> list[Tail]:
    """Output goes to stdout, the error stream to stderr; one asked for alone goes to stdout."""
    if output is None:
        return [] if error is None else [Tail(error, sys.stdout.buffer)]
    return [Tail(output, sys.stdout.buffer), *([] if error is None else [Tail(error, sys.stderr.buffer)])]
