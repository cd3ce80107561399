"""Ranges of a file of lines: each line belongs to the range in which it begins.

A range of bytes is cut anywhere, and reading moves both its ends behind the next line feed. So ranges that
lie side by side have each line once, whoever reads them.
"""

from typing import BinaryIO, Final

_CHUNK_BYTES: Final = 64 * 1024
_COUNTED_BYTES: Final = 1024 * 1024
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Lines:
    """The lines of a seekable file that begin from `begin` on and before `end`; lines end with a line feed.

    `at` is where the first of them begins.
    """

    def __init__(self, file: BinaryIO, begin: int, end: int) -> None:
        self._file = file
        stop = _line_begin(file, end)
        self.at = _line_begin(file, begin)
        self._left = max(stop - self.at, 0)
        file.seek(self.at)

    def read(self, size: int = -1, /) -> bytes:
        """Some bytes, none at the end."""
        data = self._file.read(self._left if size < 0 else min(size, self._left)) if self._left else b""
        self._left -= len(data)
        return data


def _line_begin(file: BinaryIO, position: int) -> int:
    """Where the first line begins at a position or behind it; the end of the file if none does."""
    if not position:
        return 0
    at = file.seek(position - 1)
    while data := file.read(_CHUNK_BYTES):
        found = data.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += len(data)
    return at


class Before:
    """What is before a place of a file; it is counted when somebody asks, which an error does."""

    def __init__(self, file: BinaryIO, place: int) -> None:
        self._file = file
        self._place = place

    def size(self) -> int:
        """The bytes, without a byte order mark."""
        self._file.seek(0)
        has_mark = self._file.read(len(_BYTE_ORDER_MARK)) == _BYTE_ORDER_MARK
        return self._place - len(_BYTE_ORDER_MARK) if has_mark else self._place

    def lines(self) -> int:
        """The lines; they end with \\n, \\r\\n or \\r."""
        self._file.seek(0)
        left, count, last = self._place, 0, b""
        while data := self._file.read(min(left, _COUNTED_BYTES)):
            left -= len(data)
            count += data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")
            count -= last == b"\r" and data.startswith(b"\n")
            last = data[-1:]
        return count
