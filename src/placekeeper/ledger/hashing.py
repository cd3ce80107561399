"""The digest of a file, taken while it is written."""

import hashlib


class Hashing:
    """A write-only file that computes the digest and size of what is written to it."""

    closed = False

    def __init__(self, raw: "object") -> None:
        self._raw = raw
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Write, and add the data to the digest."""
        self.sha256.update(data)
        self.size += len(data)
        self._raw.write(data)  # type: ignore[attr-defined]
        return len(data)

    def flush(self) -> None:
        """Do nothing: the caller syncs the file below."""

    def tell(self) -> int:
        """The number of bytes written."""
        return self.size

    def close(self) -> None:
        """End the writing; the file below stays open."""
        self.closed = True
