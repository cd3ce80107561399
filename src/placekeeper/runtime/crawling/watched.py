"""A file whose store is watched while it is read: its failures are not taken for those of the file."""

import io
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Watched(io.RawIOBase):
    """Reads another file, and remembers how its store failed. Readers may tell that as a broken file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failure: OSError | None = None

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """See io.RawIOBase."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """See io.RawIOBase."""
        return self._file.tell()

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """See io.RawIOBase."""
        view = memoryview(buffer)
        try:
            data = self._file.read(len(view))
        except OSError as error:
            self.failure = error
            raise
        view[: len(data)] = data
        return len(data)
