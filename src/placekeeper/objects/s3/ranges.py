"""A file made of range reads."""

import io
from collections.abc import Callable

from placekeeper.model.errors import ObjectChanged

_FIRST_WINDOW = 64 * 1024
_LARGEST_WINDOW = 8 * 1024 * 1024


class RangeFile(io.RawIOBase):
    """A read-only, seekable file over `fetch(start, end)`, which returns exactly those bytes.

    Each read that goes on where the last one ended doubles the window that is fetched ahead, up to 8 MiB; a
    seek elsewhere starts small again. So a scan makes few requests, and reading a footer fetches little more.
    """

    def __init__(self, size: int, fetch: Callable[[int, int], bytes]) -> None:
        super().__init__()
        self._size = size
        self._fetch = fetch
        self._at = 0
        self._window = _FIRST_WINDOW
        self._buffer = b""
        self._buffer_start = 0
        self.failure: Exception | None = None
        """The error of a `fetch`, even if a caller has caught it."""

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The position in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to a position, which may be behind the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"seek to {base + offset}, before the start of the file")
        self._at = base + offset
        return self._at

    def readall(self) -> bytes:
        """Everything from the position to the end, in one request for what is not buffered."""
        data = self._read_up_to(max(self._size - self._at, 0))
        rest = self._size - self._at
        return data + self._read_up_to(rest) if rest > 0 else data

    def readinto(self, target: "bytearray | memoryview", /) -> int:  # type: ignore[override]
        """Fill `target` as far as one request or the buffer goes; 0 at the end."""
        data = self._read_up_to(min(len(target), max(self._size - self._at, 0)))
        target[: len(data)] = data
        return len(data)

    def _read_up_to(self, count: int) -> bytes:
        """At least one byte of the next `count`, unless `count` is 0; moves the position."""
        if count <= 0:
            return b""
        offset = self._at - self._buffer_start
        if not 0 <= offset < len(self._buffer):
            self._fill(count)
            offset = 0
        data = self._buffer[offset : offset + count]
        self._at += len(data)
        return data

    def _fill(self, count: int) -> None:
        """Fetch from the position on: the requested bytes, or the window if that is more."""
        reads_on = self._at == self._buffer_start + len(self._buffer)
        self._window = min(self._window * 2, _LARGEST_WINDOW) if reads_on else _FIRST_WINDOW
        end = min(self._at + max(count, self._window), self._size)
        try:
            self._buffer = self._fetch(self._at, end)
        except (OSError, ObjectChanged) as error:
            self.failure = error
            raise
        self._buffer_start = self._at
        if len(self._buffer) != end - self._at:
            raise OSError(f"{len(self._buffer)} of {end - self._at} bytes came from position {self._at}")
