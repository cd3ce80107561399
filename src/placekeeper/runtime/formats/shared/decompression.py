"""Decompression of text objects while they are read, member by member.

An object that does not end as it should, or that has something behind its end, is refused: a codec that stops
at what it does not know would lose the rest and say nothing. Memory holds one piece, however much it was
compressed.
"""

import io
from collections.abc import Generator, Iterator
from itertools import chain
from typing import Final, NoReturn, Protocol

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.shared.codecs import (
    BROKEN,
    CODECS,
    HEAD_BYTES,
    NO_CODEC,
    READ,
    Codec,
    Framing,
    codec_spelled,
    compression_of,
)

_OTHERS: Final = (".zip", ".lzo", ".xz", ".7z", ".br")
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BUFFER_BYTES: Final = 1024 * 1024
_COMPRESSED_BYTES: Final = 64 * 1024
_PIECE_BYTES: Final = 256 * 1024


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Some bytes, none at the end."""
        ...


def codec_of(path: str, compression_type: str = "") -> Codec | None:
    """The codec of an object: what the option says, else what its suffix says, else None.

    Raises UnsupportedFeature for a codec that is not read here.
    """
    if compression_type.strip().lower() not in NO_CODEC:
        codec = codec_spelled(compression_type)
        if codec is None:
            raise UnsupportedFeature(
                f"compressionType {compression_type!r} is not supported. Use one of {READ}."
            )
        return codec
    lowered = path.lower()
    if lowered.endswith(_OTHERS):
        raise UnsupportedFeature(
            f"{path}: text that is compressed this way cannot be read. Use one of {READ}."
        )
    return next((codec for codec in CODECS.values() if lowered.endswith(codec.suffixes)), None)


def decompressed(file: Readable, path: str, compression_type: str = "") -> io.BufferedReader:
    """A readable binary file on the plain bytes of `file`, without a UTF-8 byte order mark.

    It never closes `file`. An object without a byte is empty under every suffix.
    Raises UnsupportedFeature for a codec that is not read here. Raises RecordUnreadable, here or when it is
    read, for compressed bytes whose codec neither the suffix nor the option names, for bytes that are not in
    the codec's format, for members that are broken or cut, and for anything behind the last member. What
    `file` raises goes through.
    """
    codec = codec_of(path, compression_type)
    if codec is None:
        head, pieces = _headed(_read(file, _BUFFER_BYTES), HEAD_BYTES)
        _refuse_compressed(path, head)
    else:
        head, pieces = _headed(_Members(file, path, codec).pieces(), HEAD_BYTES)
        if inner := compression_of(head):
            _refuse_twice(path, codec, inner)
    return io.BufferedReader(_Pieces(chain((head.removeprefix(BYTE_ORDER_MARK),), pieces)), _BUFFER_BYTES)


class _Members:
    """The members of one object, and how far they have been read."""

    def __init__(self, file: Readable, path: str, codec: Codec) -> None:
        self._path = path
        self._codec = codec
        self._compressed = _read(file, _COMPRESSED_BYTES)
        self._begin = 0  # of the member, in compressed bytes
        self._before = 0  # compressed bytes before those that were read last
        self._after = 0  # compressed bytes that were read
        self._plain = 0

    def pieces(self) -> Iterator[bytes]:
        """The plain bytes in pieces."""
        data = self._more(b"", HEAD_BYTES)
        if not data:
            return
        framing = self._framing(data)
        while data:
            data = yield from self._member(framing, data)
            self._begin = self._after - len(data)
            data = self._more(data, HEAD_BYTES)
            if data and not framing.goes_on(data[:HEAD_BYTES]):
                if framing.ends_in_zeros and not data.strip(b"\0") and self._only_zeros_follow():
                    return
                self._broken(f"the bytes after the previous member are not {framing.name}: {_shown(data)}")

    def _member(self, framing: Framing, data: bytes) -> Generator[bytes, None, bytes]:
        """The plain bytes of one member; returns what was read behind its end."""
        decoder = framing.decoder()
        self._before = self._after - len(data)
        while True:
            try:
                plain = decoder.decompress(data, _PIECE_BYTES)
            except BROKEN as error:
                where = f"between bytes {self._before} and {self._after}, after {self._plain} plain bytes"
                self._broken(f"it is damaged {where} ({error})")
            if plain:
                self._plain += len(plain)
                yield plain
            if decoder.eof:
                return decoder.unused_data or b""  # lz4's says None
            data = b""
            if decoder.needs_input:
                self._before = self._after
                data = self._more(b"", 1)
                if not data:
                    self._broken(
                        f"what begins here is cut: it goes on beyond the object's end, byte {self._after} "
                        f"({self._plain} plain bytes were read before that)"
                    )

    def _more(self, data: bytes, enough: int) -> bytes:
        """`data` and what comes next, until there are `enough` bytes or no more."""
        while len(data) < enough and (more := next(self._compressed, b"")):
            self._after += len(more)
            data += more
        return data

    def _only_zeros_follow(self) -> bool:
        return all(not more.strip(b"\0") for more in self._compressed)

    def _framing(self, data: bytes) -> Framing:
        head = data[:HEAD_BYTES]
        framing = next((framing for framing in self._codec.framings if framing.opens(head)), None)
        if framing is None:
            _refuse_other(self._path, self._codec, data)
        return framing

    def _broken(self, what: str) -> NoReturn:
        raise RecordUnreadable(
            self._path,
            f"{self._codec.name}, compressed byte {self._begin}",
            f"{what}. Write or upload the object again, whole.",
        )


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._piece = memoryview(piece)
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count


def _read(file: Readable, size: int) -> Iterator[bytes]:
    return iter(lambda: file.read(size), b"")


def _headed(pieces: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first pieces as one, with at least `size` bytes if there are so many, and the rest."""
    head = b""
    while len(head) < size and (piece := next(pieces, b"")):
        head += piece
    return head, pieces


def _refuse_compressed(path: str, head: bytes) -> None:
    """Raise RecordUnreadable for an object that is read as plain text and is compressed."""
    found = compression_of(head)
    if not found:
        return
    way = (
        f"end the name in {CODECS[found].suffixes[0]}, or read with "
        f'connection_options={{"compressionType": "{found}"}}'
        if found in CODECS
        else f"{found} cannot be read; use one of {READ}"
    )
    raise RecordUnreadable(
        path, "its first bytes", f"it is compressed by {found}, and its name does not say so: {way}"
    )


def _refuse_twice(path: str, codec: Codec, inner: str) -> NoReturn:
    raise RecordUnreadable(
        path,
        f"{codec.name}, plain byte 0",
        f"the text in {codec.name} is compressed again, by {inner}. Write it with one of the two.",
    )


def _refuse_other(path: str, codec: Codec, data: bytes) -> NoReturn:
    """Raise RecordUnreadable for an object that is not in the format that its name or the option says."""
    found = compression_of(data[:HEAD_BYTES])
    if found:
        way = f"It is {found}. If that is one of {READ}, name it so or pass compressionType."
    elif codec.name == "snappy":
        way = (
            "Snappy is read in Hadoop's blocks, as Spark writes it, and in its framed format. Raw snappy, "
            "without either, cannot be read: write it framed, or with another codec."
        )
    else:
        way = (
            "If a tool unpacked it and kept the name, store it under a name without "
            f"{' or '.join(codec.suffixes)}; if not, write or upload it again."
        )
    reason = (
        f"it should be {codec.name}, by its name or compressionType, and begins with {_shown(data)}. {way}"
    )
    raise RecordUnreadable(path, f"{codec.name}, compressed byte 0", reason)


def _shown(data: bytes) -> str:
    return repr(data[:20])
