"""The format options of Parquet."""

from typing import Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.shared.options import FormatOptions

OPTIONS: Final = frozenset({"useGlueParquetWriter", "blockSize", "pageSize", "nanoseconds"})

CODEC_SUFFIXES: Final = {"none": "", "snappy": ".snappy", "gzip": ".gz", "zstd": ".zstd"}
"""The codecs that Parquet is written with, and what each adds to a file's name."""


def cuts_nanoseconds(options: FormatOptions) -> bool:
    """Whether nanoseconds that no timestamp holds are cut off. Raises UnsupportedFeature for another word."""
    wanted = options.text("nanoseconds", "refuse").strip().lower()
    if wanted not in ("refuse", "cut"):
        raise UnsupportedFeature(f"The format option nanoseconds is refuse or cut, not {wanted!r}.")
    return wanted == "cut"


def codec_of(options: FormatOptions) -> str:
    """The codec of what is written, a key of CODEC_SUFFIXES. Raises UnsupportedFeature for another one."""
    wanted = options.text("compression", "snappy").lower()
    codec = {"uncompressed": "none", "": "none"}.get(wanted, wanted)
    if codec not in CODEC_SUFFIXES:
        raise UnsupportedFeature(
            f"Parquet is written with snappy, gzip, zstd or uncompressed here, not with {wanted!r}."
        )
    return codec
