"""The format options of ORC."""

from typing import Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.shared.options import FormatOptions

OPTIONS: Final = frozenset({"nanoseconds"})

CODEC_SUFFIXES: Final = {
    "uncompressed": "",
    "snappy": ".snappy",
    "zlib": ".zlib",
    "zstd": ".zstd",
    "lz4": ".lz4",
}
"""The codecs that ORC is written with, and what each adds to a file's name."""

_SPELLINGS: Final = {"none": "uncompressed", "": "uncompressed", "gzip": "zlib", "zstandard": "zstd"}


def codec_of(options: FormatOptions) -> str:
    """The codec of what is written, a key of CODEC_SUFFIXES. Raises UnsupportedFeature for another one."""
    wanted = options.text("compression", "snappy").strip().lower()
    codec = _SPELLINGS.get(wanted, wanted)
    if codec not in CODEC_SUFFIXES:
        raise UnsupportedFeature(
            f"ORC is written with snappy, zlib, zstd, lz4 or uncompressed here, not with {wanted!r}."
        )
    return codec
