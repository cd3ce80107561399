"""The format options of Parquet."""

from types import MappingProxyType
from typing import Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.shared.options import FormatOptions

OPTIONS: Final = frozenset({"nanoseconds"})

WITHOUT_EFFECT: Final = MappingProxyType(
    {
        "useGlueParquetWriter": "one writer writes all Parquet files here",
        "blockSize": "the size of row groups is fixed here",
        "pageSize": "the size of pages is fixed here",
    }
)
"""Options of AWS that change nothing here, with the reason."""

CODEC_SUFFIXES: Final = {"none": "", "snappy": ".snappy", "gzip": ".gz", "zstd": ".zstd"}
"""The codecs that Parquet is written with, and what each adds to a file's name."""


def codec_of(options: FormatOptions) -> str:
    """The codec of what is written, a key of CODEC_SUFFIXES. Raises UnsupportedFeature for another one."""
    wanted = options.text("compression", "snappy").lower()
    codec = {"uncompressed": "none", "": "none"}.get(wanted, wanted)
    if codec not in CODEC_SUFFIXES:
        raise UnsupportedFeature(
            f"Parquet is written with snappy, gzip, zstd or uncompressed here, not with {wanted!r}."
        )
    return codec
