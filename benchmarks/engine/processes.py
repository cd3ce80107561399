"""CPU and memory of all processes of one run: those that have its mark in their environment."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

MARK = "PLACEKEEPER_BENCHMARK"
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_EVERY_S = 0.1


def marked(mark: str) -> Iterator[Path]:
    """The folders in /proc of the processes that have a mark; a process may end meanwhile."""
    wanted = f"{MARK}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in folder.joinpath("environ").read_bytes().split(b"\0"):
                yield folder
        except OSError:
            continue


def cpu_seconds(mark: str) -> float:
    """CPU seconds of these processes until now, with the children that they have waited for."""
    ticks = 0
    for folder in marked(mark):
        try:
            # Fields 14 to 17 of stat(5); the second, a name in brackets, may have spaces.
            fields = folder.joinpath("stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS_PER_S


def memory_bytes(mark: str) -> int:
    """The memory of these processes now; what several share counts once (PSS)."""
    total = 0
    for folder in marked(mark):
        try:
            lines = folder.joinpath("smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


class PeakMemory:
    """A context in which the memory of marked processes is looked at ten times a second."""

    def __init__(self, mark: str) -> None:
        self.bytes = 0
        self._mark = mark
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_EVERY_S):
            self.bytes = max(self.bytes, memory_bytes(self._mark))
