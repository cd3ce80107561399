"""Following a run's logs: what is there, then what comes, until the run has ended."""

import codecs
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

_POLL_S = 0.2
_CHUNK = 1 << 20


class Tail:
    """One log and the stream of its lines. They are written whole, so that two logs can share a screen."""

    def __init__(self, log: Path, stream: TextIO) -> None:
        self._log = log
        self._stream = stream
        self._position = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def write_new(self) -> None:
        """Write the lines that have come since the last call; what is no line yet waits."""
        if not self._log.exists():  # the run waits to be taken
            return
        with self._log.open("rb") as log:
            log.seek(self._position)
            while chunk := log.read(_CHUNK):
                self._position += len(chunk)
                whole, newline, self._held = (self._held + self._decoder.decode(chunk)).rpartition("\n")
                self._stream.write(whole + newline)
        self._stream.flush()

    def write_rest(self) -> None:
        """Write what has come, to the last character."""
        self.write_new()
        self._stream.write(self._held + self._decoder.decode(b"", final=True))
        self._stream.flush()
        self._held = ""


def follow(tails: list[Tail], has_ended: Callable[[], bool]) -> None:
    """Write what comes until the run has ended and all of it is written."""
    while not has_ended():
        for tail in tails:
            tail.write_new()
        time.sleep(_POLL_S)
    for tail in tails:
        tail.write_rest()


def tails(output: Path | None, error: Path | None) -> list[Tail]:
    """Output goes to stdout, the error stream to stderr; one asked for alone goes to stdout."""
    if output is None:
        return [] if error is None else [Tail(error, sys.stdout)]
    return [Tail(output, sys.stdout), *([] if error is None else [Tail(error, sys.stderr)])]
