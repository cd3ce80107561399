"""The bytes of a text object, decompressed as they are read."""

import bz2
import gzip
import io
from typing import BinaryIO, Final

import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature

_SUFFIXES: Final = {".gz": "gzip", ".gzip": "gzip", ".bz2": "bzip2", ".zst": "zstd", ".lz4": "lz4"}
_NAMES: Final = {"gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2", "zstd": "zstd", "lz4": "lz4"}
_NO_CODEC: Final = frozenset({"", "none", "uncompressed"})
_MAGIC: Final = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\x28\xb5\x2f\xfd", "zstd"))
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BUFFER_BYTES: Final = 1024 * 1024


def codec_of(path: str, compression_type: str = "") -> str | None:
    """The codec of an object: what the option says, else what its suffix says, else None.

    Raises UnsupportedFeature for a codec that is not read here.
    """
    wanted = compression_type.strip().lower()
    if wanted not in _NO_CODEC:
        if wanted not in _NAMES:
            raise UnsupportedFeature(
                f"compressionType {compression_type!r} is not supported: use gzip, bzip2 or zstd."
            )
        return _NAMES[wanted]
    lowered = path.lower()
    if lowered.endswith((".snappy", ".zip", ".lzo", ".deflate", ".xz")):
        raise UnsupportedFeature(f"{path}: text compressed that way is not read; use gzip, bzip2 or zstd.")
    return next((codec for suffix, codec in _SUFFIXES.items() if lowered.endswith(suffix)), None)


def decompressed(file: BinaryIO, path: str, compression_type: str = "") -> BinaryIO:
    """A readable binary file on the plain bytes of `file`, without a UTF-8 byte order mark.

    Raises UnsupportedFeature for a codec that is not read here, RecordUnreadable for compressed bytes whose
    codec neither the suffix nor the option names.
    """
    codec = codec_of(path, compression_type)
    plain = _plain(file, codec)
    head = plain.read(4)
    if codec is None and (found := next((name for start, name in _MAGIC if head.startswith(start)), None)):
        raise RecordUnreadable(
            path,
            "its first bytes",
            f"it is compressed by {found}, and its name does not say so: end the name in the codec's suffix, "
            f'or read with connection_options={{"compressionType": "{found}"}}',
        )
    return io.BufferedReader(_AfterHead(head.removeprefix(_BYTE_ORDER_MARK), plain), _BUFFER_BYTES)


def _plain(file: BinaryIO, codec: str | None) -> io.BufferedIOBase:
    if codec == "gzip":
        return gzip.GzipFile(fileobj=file, mode="rb")
    if codec == "bzip2":
        return bz2.BZ2File(file, mode="rb")
    if codec is not None:
        return io.BufferedReader(
            pa.CompressedInputStream(pa.PythonFile(file, mode="r"), codec), _BUFFER_BYTES
        )
    return _Buffered(file)


class _Buffered(io.BufferedIOBase):
    """A plain file as a buffered one: the same bytes, read as asked."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._file.read(-1 if size is None else size)


class _AfterHead(io.RawIOBase):
    """A file from which the first bytes were taken to look at, put back in front."""

    def __init__(self, head: bytes, rest: io.BufferedIOBase) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] if self._head else self._rest.read(len(buffer))
        self._head = self._head[len(data) :] if self._head else b""
        buffer[: len(data)] = data
        return len(data)
