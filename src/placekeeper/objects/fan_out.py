"""Parts of a listing that are listed at the same time, and read one after the other.

Batches that are listed before their turn wait in memory up to a limit, then in files in a temporary folder.
So memory does not grow with the number of objects, and no part waits for another to be read.
"""

import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pyarrow as pa

from placekeeper.objects.sorting import read_run, write_run

Part = Callable[[], Iterator[pa.RecordBatch]]
"""Lists one part of a listing when it is called."""

HELD_BYTES = 32 * 1024 * 1024
"""The most bytes that all parts together keep in memory before their turn: about 200,000 objects."""

_QUEUED = 4  # parts for each thread, so that no thread is idle while a long part is read


def one_after_the_other(
    parts: Iterator[Part], *, at_once: int, held_bytes: int = HELD_BYTES
) -> Iterator[pa.RecordBatch]:
    """The batches of all parts in their order, while up to `at_once` parts are being listed.

    Raises what a part raises, when it is that part's turn. If the caller stops reading, running parts end at
    their next batch; this waits for them.
    """
    if at_once == 1:
        for part in parts:
            yield from part()
        return
    window = at_once * _QUEUED
    with (
        tempfile.TemporaryDirectory(prefix="placekeeper-list-") as folder,
        ThreadPoolExecutor(at_once, "placekeeper-list") as threads,
    ):
        numbered = enumerate(parts)
        begun: deque[_Ahead] = deque()
        try:
            while True:
                for number, part in islice(numbered, window - len(begun)):
                    begun.append(_Ahead(part, Path(folder) / str(number), held_bytes // window))
                    begun[-1].begin(threads)
                if not begun:
                    return
                yield from begun[0].batches()
                begun.popleft()
        finally:
            for ahead in begun:
                ahead.stop()


class _Ahead:
    """One part, listed by a thread before its turn."""

    def __init__(self, part: Part, file: Path, held_bytes: int) -> None:
        self._part = part
        self._file = file
        self._held_bytes = held_bytes
        self._waiting: deque[pa.RecordBatch | Path] = deque()
        self._bytes = 0
        self._stopped = False
        self._changed = threading.Condition()
        self._listed: Future[None] = Future()

    def begin(self, threads: ThreadPoolExecutor) -> None:
        """List it as soon as a thread is free."""
        self._listed = threads.submit(self._list)
        self._listed.add_done_callback(self._notify)

    def stop(self) -> None:
        """Do not begin, or end at the next batch."""
        self._stopped = True
        self._listed.cancel()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches of the part. Raises what the part raises."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._listed.done())
                if not self._waiting:
                    break
                found = self._waiting.popleft()
                self._bytes -= 0 if isinstance(found, Path) else found.nbytes
            if isinstance(found, Path):
                yield from read_run(found)
                found.unlink()
            else:
                yield found
        self._listed.result()

    def _list(self) -> None:
        for number, batch in enumerate(self._part()):
            if self._stopped:
                return
            self._keep(batch, number)

    def _keep(self, batch: pa.RecordBatch, number: int) -> None:
        fits = self._bytes + batch.nbytes <= self._held_bytes
        kept = batch if fits else write_run(self._file.with_suffix(f".{number}"), [batch])
        with self._changed:
            self._waiting.append(kept)
            self._bytes += batch.nbytes if fits else 0
            self._changed.notify()

    def _notify(self, _: "Future[None]") -> None:
        with self._changed:
            self._changed.notify()
