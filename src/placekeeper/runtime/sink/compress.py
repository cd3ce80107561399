"""Bytes into a staging file, compressed on the way if the format says so."""

import bz2
import zlib
from typing import Final, Protocol

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.ports.objects import StagingFile

_SUFFIXES: Final = {"none": "", "gzip": ".gz", "bzip2": ".bz2"}
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def text_codec(compression: str) -> str:
    """The codec of a text format's compression option: none, gzip or bzip2. Raises UnsupportedFeature."""
    name = {"": "none", "uncompressed": "none", "gz": "gzip", "bz2": "bzip2"}.get(
        compression.lower(), compression.lower()
    )
    if name not in _SUFFIXES:
        raise UnsupportedFeature(f"Text is written plain, with gzip or with bzip2, not with {compression!r}.")
    return name


def codec_suffix(codec: str) -> str:
    """What the codec adds to a file name."""
    return _SUFFIXES[codec]


class Sink:
    """Where a text writer puts its bytes."""

    def __init__(self, file: StagingFile, codec: str) -> None:
        self._file = file
        self._compressor: _Compressor | None = None
        if codec == "gzip":
            self._compressor = zlib.compressobj(wbits=_GZIP_WINDOW)
        elif codec == "bzip2":
            self._compressor = bz2.BZ2Compressor()

    def write(self, data: bytes) -> None:
        """Append plain bytes."""
        out = data if self._compressor is None else self._compressor.compress(data)
        if out:
            self._file.write(out)

    def close(self) -> None:
        """Write what the codec still holds."""
        if self._compressor is not None:
            self._file.write(self._compressor.flush())
