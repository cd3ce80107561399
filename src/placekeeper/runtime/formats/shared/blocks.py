"""Blocks of snappy and lz4 as Hadoop cuts them, and chunks of snappy's own framed format.

A block of Hadoop's is the length of its plain bytes, and then chunks until these are complete: the length of
the compressed bytes, and those. Lengths are four bytes, the highest first. There is no checksum.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cramjam
import lz4.block

_CHUNK_BYTES_MAX: Final = 64 * 1024 * 1024
"""A longer chunk is not read, so that memory is bounded. Hadoop's own are 256 KiB."""

_STREAM: Final = b"\xff\x06\x00\x00sNaPpY"
_FRAMED_PLAIN_MAX: Final = 65_536
_FRAMED_CHUNK_MAX: Final = 4 + 32 + _FRAMED_PLAIN_MAX + _FRAMED_PLAIN_MAX // 6
_COMPRESSED, _UNCOMPRESSED, _IDENTIFIER, _FIRST_SKIPPABLE = 0x00, 0x01, 0xFF, 0x80


@dataclass(frozen=True)
class BlockCodec:
    """The codec of a block's chunks."""

    unpack: Callable[[bytes, int], bytes]
    """A chunk and the most plain bytes that it may have → its plain bytes."""
    longest: Callable[[int], int]
    """How many bytes so many plain bytes have at most."""

    def is_start(self, head: bytes) -> bool:
        """Whether a block can begin so, or `head` is too short to tell."""
        plain = int.from_bytes(head[:4])
        if len(head) < 8 or plain == 0:
            return plain < 2**31 or len(head) < 4
        return plain < 2**31 and 0 < int.from_bytes(head[4:8]) <= min(self.longest(plain), _CHUNK_BYTES_MAX)


class _Gathering:
    """A decoder that waits for whole pieces. Raises ValueError for lengths that cannot be."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._at = 0
        self.eof = False
        self.needs_input = True

    @property
    def unused_data(self) -> bytes:
        return bytes(self._data[self._at :]) if self.eof else b""

    def _add(self, data: bytes) -> None:
        del self._data[: self._at]
        self._data += data
        self._at = 0
        self.needs_input = False

    def _take(self, count: int) -> bytes | None:
        """The next `count` bytes; None, and nothing taken, where they are not there yet."""
        if len(self._data) - self._at < count:
            self.needs_input = True
            return None
        self._at += count
        return bytes(self._data[self._at - count : self._at])


class HadoopBlock(_Gathering):
    """The decoder of one block."""

    def __init__(self, codec: BlockCodec) -> None:
        super().__init__()
        self._codec = codec
        self._left = -1  # plain bytes that are still to come; below zero before the length is known
        self._chunk = -1

    def decompress(self, data: bytes, _max_length: int = -1, /) -> bytes:
        """The plain bytes of at most one chunk."""
        self._add(data)
        if self._left < 0:
            length = self._take(4)
            if length is None:
                return b""
            self._left = int.from_bytes(length)
        plain = self._next_chunk() if self._left else b""
        self.eof = self._left == 0
        return plain

    def _next_chunk(self) -> bytes:
        if self._chunk < 0:
            length = self._take(4)
            if length is None:
                return b""
            self._chunk = int.from_bytes(length)
            if not 0 < self._chunk <= _CHUNK_BYTES_MAX:
                raise ValueError(f"a chunk of {self._chunk} bytes; 1 to {_CHUNK_BYTES_MAX} are read")
        chunk = self._take(self._chunk)
        if chunk is None:
            return b""
        plain = self._codec.unpack(chunk, self._left)
        if not plain:
            raise ValueError("a chunk that holds nothing")
        self._left -= len(plain)
        self._chunk = -1
        return plain


class SnappyChunk(_Gathering):
    """The decoder of one chunk of the framed format, with its checksum."""

    @staticmethod
    def is_start(head: bytes) -> bool:
        """Whether a chunk can begin so."""
        return head[0] in (_COMPRESSED, _UNCOMPRESSED) or head[0] >= _FIRST_SKIPPABLE

    def decompress(self, data: bytes, _max_length: int = -1, /) -> bytes:
        """The plain bytes of the chunk, when it is there."""
        self._add(data)
        header = self._take(4)
        if header is None:
            return b""
        kind, length = header[0], int.from_bytes(header[1:], "little")
        if kind in (_COMPRESSED, _UNCOMPRESSED) and length > _FRAMED_CHUNK_MAX:
            raise ValueError(f"a chunk of {length} bytes, and {_FRAMED_CHUNK_MAX} is the maximum")
        body = self._take(length)
        if body is None:
            self._at -= len(header)
            return b""
        self.eof = True
        if kind == _IDENTIFIER and header + body != _STREAM:
            raise ValueError("a wrong stream identifier")
        if kind in (_COMPRESSED, _UNCOMPRESSED):
            return bytes(cramjam.snappy.decompress(_STREAM + header + body))
        return b""


def _unpack_snappy(chunk: bytes, limit: int) -> bytes:
    size = cramjam.snappy.decompress_raw_len(chunk)
    if size > min(limit, _CHUNK_BYTES_MAX):
        raise ValueError(f"a chunk with {size} plain bytes, in a block with {limit} left")
    return bytes(cramjam.snappy.decompress_raw(chunk))


def _unpack_lz4(chunk: bytes, limit: int) -> bytes:
    most = min(limit, _CHUNK_BYTES_MAX, 255 * len(chunk))
    plain: bytes = lz4.block.decompress(chunk, uncompressed_size=most)
    return plain


SNAPPY_BLOCK: Final = BlockCodec(_unpack_snappy, lambda plain: 32 + plain + plain // 6)
LZ4_BLOCK: Final = BlockCodec(_unpack_lz4, lambda plain: 16 + plain + plain // 255)
