"""Spills: records that were decoded while schemas were found, in files of Arrow until they are read.

They are kept where all tasks run on this machine, and as far as they fit. Whoever finds no file reads the
object again, so files may go at any time.
"""

import hashlib
import shutil
import uuid
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa

from placekeeper.runtime.engines.parts import HandedOut
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.formats.shared.given_records import GivesRecords, giving, hides_nothing
from placekeeper.runtime.scan.cuts import Piece, schema_of_piece

LEAST_BYTES: Final = 64 * 1024
"""A smaller piece is read again: that takes no longer than a file of its own."""

BOUND_BYTES: Final = 4 * 1024**3
"""Bytes of all spills of a run."""

_FREE_PARTS: Final = 4
"""Spills of a scan take at most one of so many parts of what is free on the disk."""

_LEAST_SHARE: Final = 0.25
"""Bytes of a spill for each byte of an object: with less room, hardly any object would have one."""


@dataclass(frozen=True)
class Spills:
    """The spills of one scan, in a folder of their own.

    `share` is how many bytes there may be for each byte of a piece of an object; without a share there are
    none. A piece of less than `least` bytes has none.
    """

    folder: str
    share: float
    least: int = LEAST_BYTES

    @classmethod
    def of(cls, handed: HandedOut, size: int) -> "Spills":
        """The spills of a scan of `size` bytes for tasks that get what is `handed` out.

        Their folder goes with that of the run. On Sail it goes when no plan reads it any more: plans are in
        this process, and hold what they send to tasks.
        """
        spills = NO_SPILLS if handed.folder is None else cls.below(handed.folder, size)
        if spills.share and hasattr(handed.rows, "_plan"):
            weakref.finalize(spills, shutil.rmtree, spills.folder, ignore_errors=True).atexit = False
        return spills

    @classmethod
    def below(cls, folder: Path, size: int) -> "Spills":
        """The spills of a scan of `size` bytes in a new folder below one; none if there is no room."""
        spills = folder / "decoded"
        room = min(BOUND_BYTES - _used(spills), shutil.disk_usage(folder).free // _FREE_PARTS)
        share = room / max(size, 1)
        if share < _LEAST_SHARE:
            return NO_SPILLS
        own = spills / uuid.uuid4().hex
        own.mkdir(parents=True)
        return cls(str(own), share)

    def schema(self, reader: Reader, file: BinaryIO, piece: Piece) -> pa.Schema | None:
        """What `schema_of_piece` gives. The records that it decodes meanwhile are kept, if they fit."""
        if not self.share or piece.size < self.least:
            return schema_of_piece(reader, file, piece)
        spill = _Spill(self._path(piece), int(piece.size * self.share))
        own = giving(reader, spill.add)
        try:
            found = schema_of_piece(reader if own is None else own, file, piece)
            if found is not None:
                spill.keep()
        finally:
            spill.drop()
        return found

    def read(self, reader: Reader, piece: Piece, schema: pa.Schema) -> Iterator[pa.RecordBatch] | None:
        """What the reader's `read` gives, by what was kept; None where the object has to be read."""
        if not self.share or piece.size < self.least or not hides_nothing(schema):
            return None
        if not isinstance(reader, GivesRecords):
            return None
        try:
            file = pa.OSFile(self._path(piece))
        except FileNotFoundError:
            return None
        return reader.of_given(_kept(file), piece.meta.path, schema)

    def _path(self, piece: Piece) -> str:
        name = f"{piece.begin} {piece.end} {piece.meta.path}".encode()
        return str(Path(self.folder, hashlib.blake2b(name, digest_size=16).hexdigest()))


NO_SPILLS: Final = Spills("", 0.0)


def _used(folder: Path) -> int:
    """Bytes of all spills; files may go and get their names meanwhile."""
    used = 0
    for scan in _inside(folder):
        for file in _inside(scan):
            with suppress(FileNotFoundError):
                used += file.stat().st_size
    return used


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


class _Spill:
    """The spill of one piece while it is written: it has its name when it is whole."""

    def __init__(self, path: str, limit: int) -> None:
        self._path = path
        self._partial = f"{path}.{uuid.uuid4().hex}"
        self._limit = limit
        self._file: pa.NativeFile | None = None
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None
        self._schema: pa.Schema | None = None
        self._fails = False

    def add(self, batch: pa.RecordBatch | None) -> None:
        """Write a batch; drop all for None, and where it does not fit or cannot be written."""
        if self._fails:
            return
        try:
            self._fails = batch is None or self._written(batch) > self._limit
        except (OSError, pa.ArrowInvalid):  # a full disk; a type that is nested too deep
            self._fails = True
        if self._fails:
            self.drop()

    def keep(self) -> None:
        """Give a whole spill its name."""
        if self._fails or self._file is None:
            return
        try:
            self._end_stream()
            self._file.close()
            Path(self._partial).replace(self._path)
        except OSError:
            return  # `drop` removes it
        self._file = None

    def drop(self) -> None:
        """Remove what was not kept."""
        if self._file is not None:
            self._file.close()
            self._file = None
            Path(self._partial).unlink(missing_ok=True)

    def _written(self, batch: pa.RecordBatch) -> int:
        """Write; how many bytes there are now."""
        if self._file is None:
            self._file = pa.OSFile(self._partial, "wb")
        if self._writer is None or not batch.schema.equals(self._schema):
            self._end_stream()
            self._schema = batch.schema
            self._writer = pa.ipc.new_stream(self._file, batch.schema)
        self._writer.write_batch(batch)
        return int(self._file.tell())

    def _end_stream(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _kept(file: pa.NativeFile) -> Iterator[pa.RecordBatch]:
    """The batches of a spill: streams behind each other, one for each schema."""
    with file:
        size = file.size()
        while file.tell() < size:
            with pa.ipc.open_stream(file) as stream:
                yield from stream
