"""The digest of a file, taken while it is written."""

import hashlib


class Hashing:
    """A write-only file that knows the digest and size of what went through it."""

    closed = False

    def __init__(self, raw: "object") -> None:
        self._raw = raw
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Write and take it into the digest."""
        self.sha256.update(data)
        self.size += len(data)
        self._raw.write(data)  # type: ignore[attr-defined]
        return len(data)

    def flush(self) -> None:
        """Durability is the caller's: it fsyncs the file below."""

    def tell(self) -> int:
        """How much was written."""
        return self.size

    def close(self) -> None:
        """Nothing more comes; the file below stays open."""
        self.closed = True
