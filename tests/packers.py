"""Text objects as others compress them: one packer per format that is read."""

import bz2
import gzip
import struct
import zlib
from collections.abc import Callable

import cramjam
import lz4.block
import lz4.frame
from backports import zstd

Pack = Callable[[bytes], bytes]


def hadoop(pack: Pack, data: bytes, *, block: int = 100, chunk: int = 40) -> bytes:
    """As BlockCompressorStream writes: blocks, and in each of them one or more chunks."""
    out = b""
    for begin in range(0, len(data), block):
        plain = data[begin : begin + block]
        out += struct.pack(">I", len(plain))
        for at in range(0, len(plain), chunk):
            packed = pack(plain[at : at + chunk])
            out += struct.pack(">I", len(packed)) + packed
    return out or struct.pack(">I", 0)


def raw_snappy(data: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(data))


def raw_lz4(data: bytes) -> bytes:
    return lz4.block.compress(data, store_size=False)


PACKERS: dict[str, tuple[str, Pack]] = {
    "gzip": (".gz", gzip.compress),
    "bzip2": (".bz2", bz2.compress),
    "zstd": (".zst", lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})),
    "lz4": (".lz4", lambda data: lz4.frame.compress(data, content_checksum=True, block_linked=True)),
    "lz4 blocks": (".lz4", lambda data: hadoop(raw_lz4, data)),
    "snappy framed": (".snappy", lambda data: bytes(cramjam.snappy.compress(data))),
    "snappy blocks": (".snappy", lambda data: hadoop(raw_snappy, data)),
    "deflate": (".deflate", zlib.compress),
}

CHECKED = {"gzip", "bzip2", "zstd", "lz4", "snappy framed", "deflate"}
"""Those with a checksum."""
SKIPPABLE = struct.pack("<II", 0x184D2A53, 5) + b"hello"
