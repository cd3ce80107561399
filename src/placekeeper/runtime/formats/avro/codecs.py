"""The codecs of Avro's blocks. A block is read whole, or refused."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cramjam
from backports import zstd

from placekeeper.runtime.formats.shared.codecs import BROKEN as BROKEN_TEXT

BROKEN: Final = (*BROKEN_TEXT, lzma.LZMAError)
"""What decoders raise for bytes that they cannot read."""

_RAW_WINDOW: Final = -zlib.MAX_WBITS
_CHECKSUM_BYTES: Final = 4


@dataclass(frozen=True)
class BlockCodec:
    """A codec by Avro's name. `unpack` raises one of BROKEN."""

    name: str
    pack: Callable[[bytes], bytes]
    unpack: Callable[[bytes], bytes]


def _same(data: bytes) -> bytes:
    return data


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=_RAW_WINDOW)
    return packer.compress(data) + packer.flush()


def _inflate(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(_RAW_WINDOW)
    plain = unpacker.decompress(data) + unpacker.flush()
    # Some writers leave a part of zlib's checksum behind.
    checksum = zlib.adler32(plain).to_bytes(_CHECKSUM_BYTES)
    if not unpacker.eof or not checksum.startswith(unpacker.unused_data):
        raise ValueError("the compressed block does not end where it should")
    return plain


def _snappy(data: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(data)) + zlib.crc32(data).to_bytes(_CHECKSUM_BYTES)


def _unsnappy(data: bytes) -> bytes:
    packed, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    plain = bytes(cramjam.snappy.decompress_raw(packed))
    if zlib.crc32(plain).to_bytes(_CHECKSUM_BYTES) != checksum:
        raise ValueError("the checksum of the block is another one")
    return plain


CODECS: Final = {
    codec.name: codec
    for codec in (
        BlockCodec("null", _same, _same),
        BlockCodec("deflate", _deflate, _inflate),
        BlockCodec("snappy", _snappy, _unsnappy),
        BlockCodec("zstandard", zstd.compress, zstd.decompress),
        BlockCodec("bzip2", bz2.compress, bz2.decompress),
        BlockCodec("xz", lzma.compress, lzma.decompress),
    )
}
"""Every codec by its name in the head of a file."""

SPELLINGS: Final = {
    **{name: name for name in CODECS},
    **dict.fromkeys(("", "none", "uncompressed"), "null"),
    **dict.fromkeys(("gzip", "gz", "zlib"), "deflate"),
    **dict.fromkeys(("zstd", "zst"), "zstandard"),
    "bz2": "bzip2",
}
"""What scripts say, in lower case, and the codec."""
