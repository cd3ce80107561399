"""Compression: a staging file that takes plain bytes and holds what the codec makes of them."""

import bz2
import zlib
from collections.abc import Callable
from typing import Final, Protocol

import cramjam
import lz4.block
from backports import zstd

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.shared.codecs import NO_CODEC, READ, codec_spelled
from placekeeper.runtime.formats.shared.options import FormatOptions

_SUFFIXES: Final = {
    "none": "",
    "gzip": ".gz",
    "bzip2": ".bz2",
    "zstd": ".zst",
    "lz4": ".lz4",
    "snappy": ".snappy",
    "deflate": ".deflate",
}
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_BLOCK_BYTES: Final = 128 * 1024
"""Plain bytes of a Hadoop block: what it makes of them fits Hadoop's own buffers of 256 KiB."""

_PIECE_BYTES: Final = 120 * 1024
"""So much is copied at a time. The C library asks the system anew for the memory of larger pieces."""


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _HadoopBlocks:
    """Cuts bytes into Hadoop's blocks of one chunk each (see blocks.py)."""

    def __init__(self, pack: Callable[[bytes], bytes]) -> None:
        self._pack = pack
        self._waiting = bytearray()

    def compress(self, data: bytes, /) -> bytes:
        self._waiting += data
        whole = len(self._waiting) - len(self._waiting) % _BLOCK_BYTES
        return self._blocks(whole)

    def flush(self) -> bytes:
        return self._blocks(len(self._waiting))

    def _blocks(self, end: int) -> bytes:
        blocks = []
        for begin in range(0, end, _BLOCK_BYTES):
            plain = bytes(self._waiting[begin : min(begin + _BLOCK_BYTES, end)])
            packed = self._pack(plain)
            blocks += [len(plain).to_bytes(4), len(packed).to_bytes(4), packed]
        del self._waiting[:end]
        return b"".join(blocks)


def _snappy(plain: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(plain))


def _lz4(plain: bytes) -> bytes:
    packed: bytes = lz4.block.compress(plain, store_size=False)
    return packed


_COMPRESSORS: Final[dict[str, Callable[[], _Compressor]]] = {
    "gzip": lambda: zlib.compressobj(wbits=_GZIP_WINDOW),
    "bzip2": bz2.BZ2Compressor,
    "zstd": lambda: zstd.ZstdCompressor(options={zstd.CompressionParameter.checksum_flag: 1}),
    "lz4": lambda: _HadoopBlocks(_lz4),
    "snappy": lambda: _HadoopBlocks(_snappy),
    "deflate": zlib.compressobj,
}


def text_codec(compression: str) -> str:
    """The codec of a text format's compression option, by its name, or `none`. Raises UnsupportedFeature."""
    if compression.strip().lower() in NO_CODEC:
        return "none"
    codec = codec_spelled(compression)
    if codec is None:
        raise UnsupportedFeature(f"Text cannot be written with {compression!r}. Use one of {READ}, or none.")
    return codec.name


def frame_codec(options: FormatOptions) -> str:
    """The codec of a text format of df.write, by `compression` or `codec`. Raises UnsupportedFeature."""
    return text_codec(options.text("compression", options.text("codec", "")))


def codec_suffix(codec: str) -> str:
    """The suffix that a codec adds to a file name, as Hadoop does."""
    return _SUFFIXES[codec]


class CompressedFile:
    """A staging file to which a text writer gives plain bytes."""

    def __init__(self, file: StagingFile, codec: str) -> None:
        self._file = file
        self._compressor = None if codec == "none" else _COMPRESSORS[codec]()

    def write(self, data: bytes | memoryview) -> None:
        """Append plain bytes."""
        for begin in range(0, len(data), _PIECE_BYTES):
            piece = bytes(data[begin : begin + _PIECE_BYTES])
            self._put(piece if self._compressor is None else self._compressor.compress(piece))

    def close(self) -> None:
        """Write what the codec still holds."""
        if self._compressor is not None:
            self._put(self._compressor.flush())

    def _put(self, data: bytes) -> None:
        if data:
            self._file.write(data)
