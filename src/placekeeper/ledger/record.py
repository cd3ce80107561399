"""The record of a state: an append-only file of JSON lines.

The first line has the id of the state, each other one a fact that the database must know (model/record.py).
Several processes may write; they lock the file. A crash leaves at most an unfinished last line, which the
next writer cuts off.
"""

import fcntl
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedRandom
from pathlib import Path

import msgspec

from placekeeper.ledger.folders import sync_folder
from placekeeper.model.errors import StateError, StateNotWhole
from placekeeper.model.record import Note, Recorded, RecordHead

MOST_LINES = 4096
"""The most lines of a record. Longer ones lose superseded lines, because opening a state reads them all."""

_KEPT_LINES = 1024
_TAIL_BYTES = 65_536
_encode = msgspec.json.Encoder().encode


@dataclass
class RecordFile:
    """Implements ports.record.Record on a file.

    `tell` gets messages on writes that failed. `checkpoint` is called between the steps; tests kill the
    process there. With `only_reads`, a record that has grown long stays as it is.
    """

    path: Path
    tell: Callable[[str], None]
    checkpoint: Callable[[str], None] = lambda _: None
    only_reads: bool = False
    _unwritten: list[Note] = field(default_factory=list)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> Recorded | None:
        """The whole record; None if there is none. Raises StateNotWhole for a damaged one."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateError(f"the record of the state, {self.path}, cannot be read: {error}") from error
        whole, _, _unfinished = data.rpartition(b"\n")
        lines = whole.split(b"\n") if whole else []
        try:
            head = msgspec.json.decode(lines[0], type=RecordHead)
            notes = msgspec.json.decode(b"[" + b",".join(lines[1:]) + b"]", type=tuple[Note, ...])
        except IndexError:
            raise StateNotWhole(f"the record of the state, {self.path}, is empty") from None
        except msgspec.DecodeError as error:
            raise StateNotWhole(f"the record of the state, {self.path}, is damaged: {error}") from None
        recorded = Recorded(head, notes)
        if len(lines) > MOST_LINES and not self.only_reads:
            self._shorten()
        return recorded

    def note(self, notes: Sequence[Note]) -> None:
        """Add lines durably; on failure, report it and write them with the next ones."""
        self.checkpoint("record.behind")
        with self._mutex:
            self._unwritten += notes
            lines = b"".join(_encode(note) + b"\n" for note in self._unwritten)
            try:
                with self._locked() as file:
                    file.seek(_end_of_lines(file))
                    file.truncate()
                    file.write(lines)
                    file.flush()
                    os.fdatasync(file.fileno())
            except OSError as error:
                self.tell(
                    f"the record of the state, {self.path}, could not be written: {error.strerror}. What was "
                    "committed is safe. The next commit completes the record"
                )
            else:
                self._unwritten.clear()
        self.checkpoint("record.written")

    def create(self, head: RecordHead, notes: Iterable[Note]) -> Recorded:
        """Create the record durably, and return it; if another process was faster, return that one."""
        made = Recorded(head, tuple(notes))
        partial = self._written(made)
        try:
            os.link(partial, self.path)
        except FileExistsError:
            return self.read() or made
        except OSError as error:
            raise _unwritable(self.path, error) from error
        finally:
            partial.unlink(missing_ok=True)
        sync_folder(self.path.parent)
        return made

    def replace(self, head: RecordHead, notes: Iterable[Note]) -> None:
        """Replace the record durably."""
        partial = self._written(Recorded(head, tuple(notes)))
        try:
            partial.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def _shorten(self) -> None:
        """Rewrite the record without superseded lines. Processes that wait for the lock use the new file."""
        try:
            with self._locked():
                data = self.path.read_bytes()
                first, *others = data[: data.rfind(b"\n")].split(b"\n")
                whole = Recorded(
                    msgspec.json.decode(first, type=RecordHead),
                    tuple(msgspec.json.decode(line, type=Note) for line in others),
                )
                self.replace(whole.head, whole.kept(_KEPT_LINES))
        except (OSError, StateError) as error:
            self.tell(f"the record of the state, {self.path}, could not be shortened: {error}")

    @contextmanager
    def _locked(self) -> Iterator[BufferedRandom]:
        while True:
            with self.path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if os.fstat(file.fileno()).st_ino == self.path.stat().st_ino:  # not replaced
                    yield file
                    return

    def _written(self, record: Recorded) -> Path:
        partial = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        try:
            with open(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(b"".join(_encode(line) + b"\n" for line in (record.head, *record.notes)))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise _unwritable(self.path, error) from error
        return partial


def _end_of_lines(file: BufferedRandom) -> int:
    """The position after the last whole line."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _TAIL_BYTES)
    file.seek(start)
    return start + file.read().rfind(b"\n") + 1


def _unwritable(path: Path, error: OSError) -> StateError:
    return StateError(
        f"the record of the state, {path}, cannot be written: {error.strerror}. Mend that and try again"
    )
