"""The beginning of a text file, decompressed: enough to see its form and its schema."""

import io
from typing import BinaryIO, Final

from msgspec import Struct

from placekeeper.runtime.formats.shared.decompression import BYTE_ORDER_MARK, codec_of, decompressed

HEAD_BYTES: Final = 1024 * 1024
"""How much of a text a crawl reads first (AWS: the first megabyte)."""

LONG_HEAD_BYTES: Final = 10 * HEAD_BYTES
"""How much it reads where that does not tell (AWS: up to ten megabytes)."""


class Head(Struct, frozen=True, kw_only=True):
    """Whole lines from the beginning of a text, or all of it.

    `share` is how many times as long the text is, likely; 1 where the head is all of it.
    """

    data: bytes
    path: str
    codec: str
    is_all: bool
    share: float

    @property
    def file(self) -> BinaryIO:
        """The head as a file without compression."""
        return io.BytesIO(self.data)

    @property
    def text(self) -> str | None:
        """The head as text; None for bytes that are none."""
        try:
            text = self.data.removeprefix(BYTE_ORDER_MARK).decode()
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text


def head_of(file: BinaryIO, path: str, size: int, most: int) -> Head:
    """The first `most` bytes of a text, at most. Raises RecordUnreadable for what cannot be decompressed."""
    codec = codec_of(path)
    plain = decompressed(file, path)
    data = plain.read(most + 1)
    is_all = len(data) <= most
    if not is_all:
        end = data.rfind(b"\n", 0, most) + 1
        data = data[: end or most]
    read = len(data) if codec is None else min(size, file.tell())
    name = path
    for suffix in codec.suffixes if codec is not None else ():
        name = name.removesuffix(suffix)
    return Head(
        data=data,
        path=name,
        codec="none" if codec is None else codec.name,
        is_all=is_all,
        share=1.0 if is_all else max(1.0, size / max(1, read)),
    )
