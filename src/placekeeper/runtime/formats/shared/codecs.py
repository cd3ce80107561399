"""Codecs of text objects: their names, the bytes they begin with, and the decoders of their members.

A member is what a decoder reads from its first byte to its end: a gzip member, a zstd or lz4 frame, a block
of Hadoop's, a chunk of framed snappy. An object is any number of members, one behind the other.
"""

import bz2
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import cramjam
import lz4.block
import lz4.frame
from backports import zstd

from placekeeper.runtime.formats.shared.blocks import LZ4_BLOCK, SNAPPY_BLOCK, HadoopBlock, SnappyChunk

HEAD_BYTES: Final = 10
"""How many bytes of a member are enough to tell its format."""

BROKEN: Final = (
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    MemoryError,
    zstd.ZstdError,
    lz4.block.LZ4BlockError,
    cramjam.DecompressionError,
)
"""What decoders raise for bytes that they cannot read."""

_WITH_HEADER: Final = zlib.MAX_WBITS
_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS
_SNAPPY_STREAM: Final = b"\xff\x06\x00\x00sNaPpY"
_LZ4_FRAME: Final = b"\x04\x22\x4d\x18"
_ZSTD_FRAME: Final = b"\x28\xb5\x2f\xfd"
_BZIP2_BLOCKS: Final = (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")


class MemberDecoder(Protocol):
    """Reads one member; has the methods of Python's own BZ2Decompressor."""

    @property
    def eof(self) -> bool:
        """True if the member has ended."""
        ...

    @property
    def needs_input(self) -> bool:
        """True if the decoder needs more compressed bytes before it can give more."""
        ...

    @property
    def unused_data(self) -> bytes | None:
        """The bytes behind the end of the member."""
        ...

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """Plain bytes, about `max_length` at most; raises one of BROKEN."""
        ...


class _Zlib:
    """zlib's decoder with the methods of bz2's."""

    def __init__(self, window: int) -> None:
        self._zlib = zlib.decompressobj(window)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        tail = self._zlib.unconsumed_tail
        plain = self._zlib.decompress(tail + data if tail else data, max_length)
        self.needs_input = not self._zlib.unconsumed_tail and len(plain) < max_length
        return plain


@dataclass(frozen=True)
class Framing:
    """One format of compressed bytes. The checks take the first HEAD_BYTES, or all there are."""

    name: str
    opens: Callable[[bytes], bool]
    """Whether an object in this format can begin so."""
    goes_on: Callable[[bytes], bool]
    """Whether a later member can begin so."""
    decoder: Callable[[], MemberDecoder]
    ends_in_zeros: bool = False
    """Whether zeros behind the last member are padding, as gzip has it."""


@dataclass(frozen=True)
class Codec:
    """A compression by the name that users have for it; the first framing that fits is the object's."""

    name: str
    suffixes: tuple[str, ...]
    spellings: frozenset[str]
    framings: tuple[Framing, ...]


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    """Whether a head begins in one of `starts`, or is too short to tell."""
    return lambda head: any(head.startswith(start) or start.startswith(head) for start in starts)


def _is_skippable(head: bytes) -> bool:
    """Whether a frame of zstd or lz4 is one that decoders skip."""
    return head[:1] in {bytes([code]) for code in range(0x50, 0x60)} and b"\x2a\x4d\x18".startswith(head[1:4])


def _is_zlib(head: bytes) -> bool:
    return head[:1] == b"\x78" and (len(head) < 2 or int.from_bytes(head[:2]) % 31 == 0)


def _framing(name: str, is_start: Callable[[bytes], bool], decoder: Callable[[], MemberDecoder]) -> Framing:
    return Framing(name, is_start, is_start, decoder)


_FRAMINGS: Final = {
    "gzip": (
        Framing(
            "gzip",
            _begins(b"\x1f\x8b"),
            _begins(b"\x1f\x8b"),
            lambda: _Zlib(_GZIP_HEADER),
            ends_in_zeros=True,
        ),
    ),
    "bzip2": (_framing("bzip2", _begins(b"BZh"), bz2.BZ2Decompressor),),
    "zstd": (
        _framing(
            "zstd", lambda head: _begins(_ZSTD_FRAME)(head) or _is_skippable(head), zstd.ZstdDecompressor
        ),
    ),
    "lz4": (
        _framing(
            "lz4",
            lambda head: _begins(_LZ4_FRAME)(head) or _is_skippable(head),
            lz4.frame.LZ4FrameDecompressor,
        ),
        _framing("lz4 in Hadoop's blocks", LZ4_BLOCK.is_start, lambda: HadoopBlock(LZ4_BLOCK)),
    ),
    "snappy": (
        Framing("framed snappy", _begins(_SNAPPY_STREAM), SnappyChunk.is_start, SnappyChunk),
        _framing("snappy in Hadoop's blocks", SNAPPY_BLOCK.is_start, lambda: HadoopBlock(SNAPPY_BLOCK)),
    ),
    "deflate": (_framing("deflate", _is_zlib, lambda: _Zlib(_WITH_HEADER)),),
}

CODECS: Final = {
    name: Codec(name, suffixes, frozenset({name, *spellings}), _FRAMINGS[name])
    for name, suffixes, spellings in (
        ("gzip", (".gz", ".gzip"), ("gz",)),
        ("bzip2", (".bz2", ".bzip2"), ("bz2", "bzip")),
        ("zstd", (".zst", ".zstd"), ("zst", "zstandard")),
        ("lz4", (".lz4",), ()),
        ("snappy", (".snappy", ".sz"), ()),
        ("deflate", (".deflate", ".zlib"), ("zlib", "default")),
    )
}
"""Every codec by its name."""

NO_CODEC: Final = frozenset({"", "none", "uncompressed", "plain"})
"""Spellings of no compression."""

READ: Final = "gzip, bzip2, zstd, lz4, snappy and deflate"
"""The names of all codecs, as messages have them."""


def codec_spelled(spelling: str) -> Codec | None:
    """The codec of an option's value: short, long or a Hadoop class, in any case. None if there is none."""
    name = spelling.strip().lower()
    if name.startswith("org.apache.hadoop."):
        name = name.rpartition(".")[2].removesuffix("codec")
    return next((codec for codec in CODECS.values() if name in codec.spellings), None)


def compression_of(head: bytes) -> str:
    """The codec whose bytes begin like this; empty for bytes that may be text.

    Snappy in Hadoop's blocks and deflate begin in no way of their own.
    """
    if head.startswith(b"BZh") and head[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    starts = (
        (b"\x1f\x8b", "gzip"),
        (_ZSTD_FRAME, "zstd"),
        (_LZ4_FRAME, "lz4"),
        (_SNAPPY_STREAM, "snappy"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"PK\x03\x04", "zip"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
    )
    return next((name for start, name in starts if head.startswith(start)), "")
