"""Avro's container files: a head with schema and codec, then blocks, each of them followed by a mark."""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import fastavro
import msgspec

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.avro.codecs import BROKEN, CODECS, BlockCodec

_MAGIC: Final = b"Obj\x01"
_MARK_BYTES: Final = 16
_PIECE_BYTES: Final = 1024 * 1024
_HEAD: Final = fastavro.parse_schema({"type": "map", "values": "bytes"})
_HEAD_ERRORS: Final = (EOFError, IndexError, ValueError, OverflowError, MemoryError)
_NUMBER_BYTES: Final = 10
"""The bytes of a 64-bit number, at most."""


@dataclass(frozen=True)
class Block:
    """Some records of a file, encoded one behind the other; `first` counts records from 1."""

    number: int
    first: int
    count: int
    data: bytes

    @property
    def place(self) -> str:
        """Where the block is, in errors."""
        return f"block {self.number}, records {self.first} to {self.first + self.count - 1}"


class AvroFile:
    """A container that is read from its beginning to its end."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        """Read the head. Raises RecordUnreadable for no container, UnsupportedFeature for its codec."""
        self._file = file
        self._path = path
        if file.read(len(_MAGIC)) != _MAGIC:
            raise RecordUnreadable(path, "Avro head", "it is no Avro file: it does not begin with Obj and 1")
        try:
            head: Any = fastavro.schemaless_reader(file, _HEAD, None)
            self.schema = msgspec.json.decode(head["avro.schema"])
            name = bytes(head.get("avro.codec", b"null")).decode()
        except (*_HEAD_ERRORS, KeyError, msgspec.DecodeError) as error:
            raise RecordUnreadable(path, "Avro head", "it is broken or cut") from error
        self._mark = self._exactly(_MARK_BYTES, "Avro head")
        codec = CODECS.get(name)
        if codec is None:
            raise UnsupportedFeature(
                f"{path} has blocks of the codec {name}, which is not read here: write it with one of "
                f"{', '.join(CODECS)}."
            )
        self._codec = codec

    def blocks(self) -> Iterator[Block]:
        """Every block, decompressed. Raises RecordUnreadable for one that is broken or cut."""
        number, first = 1, 1
        while True:
            place = f"block {number}, from record {first}"
            count = self._number(place, may_end=True)
            if count is None:
                return
            size = self._number(place)
            if count < 0 or size is None or size < 0:
                raise RecordUnreadable(self._path, place, "the number of its records or bytes is broken")
            packed = self._exactly(size, place)
            if self._exactly(_MARK_BYTES, place) != self._mark:
                raise RecordUnreadable(self._path, place, "the mark behind it is not that of the file")
            try:
                data = self._codec.unpack(packed)
            except BROKEN as error:
                raise RecordUnreadable(self._path, place, f"{self._codec.name}: {error}") from error
            if count:
                yield Block(number, first, count, data)
            number, first = number + 1, first + count

    def _exactly(self, size: int, place: str) -> bytes:
        """Raises RecordUnreadable at the end of the file. A wrong size takes no memory that is not there."""
        pieces = []
        while size > 0:
            piece = self._file.read(min(size, _PIECE_BYTES))
            if not piece:
                raise RecordUnreadable(self._path, place, "the file ends within it")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _number(self, place: str, *, may_end: bool = False) -> int | None:
        """The next number; None at the end of the file if it may be there."""
        found = shift = 0
        for _ in range(_NUMBER_BYTES):
            byte = self._file.read(1)
            if not byte and may_end and not shift:
                return None
            if not byte:
                raise RecordUnreadable(self._path, place, "the file ends within it")
            found |= (byte[0] & 0x7F) << shift
            shift += 7
            if not byte[0] & 0x80:
                return (found >> 1) ^ -(found & 1)
        raise RecordUnreadable(self._path, place, "the number of its records or bytes is broken")


class AvroBlocks:
    """Writes a container: the head at once, then the blocks that it is given."""

    def __init__(self, file: StagingFile, schema: object, codec: BlockCodec) -> None:
        self._file = file
        self._codec = codec
        self._mark = os.urandom(_MARK_BYTES)
        head = io.BytesIO()
        entries = {"avro.schema": msgspec.json.encode(schema), "avro.codec": codec.name.encode()}
        fastavro.schemaless_writer(head, _HEAD, entries)
        file.write(_MAGIC + head.getvalue() + self._mark)

    def write(self, count: int, data: bytes) -> None:
        """Add a block of `count` records."""
        packed = self._codec.pack(data)
        self._file.write(number(count) + number(len(packed)) + packed + self._mark)


def number(value: int) -> bytes:
    """A number that is not negative, as Avro encodes it."""
    value <<= 1
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
