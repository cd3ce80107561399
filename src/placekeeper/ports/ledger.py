"""The ledger: every object processed, by which run."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import pyarrow as pa

from placekeeper.model.segments import SegmentRef, VersionRanges
from placekeeper.rules.ledger.retention import Thinning


class Ledger(Protocol):
    """Immutable, sorted segments of LEDGER_SCHEMA."""

    def rows(self, segments: Sequence[SegmentRef]) -> Iterator[pa.RecordBatch]:
        """The newest row of each path over all segments, sorted by path, in bounded memory.

        Raises SegmentCorrupt when a segment is missing or is not what its reference says, KeyMissing when it
        is encrypted and its key is not configured.
        """
        ...

    def merged(self, segments: Sequence[SegmentRef], thinning: Thinning) -> Iterator[pa.RecordBatch]:
        """All rows of segments that stay when they are merged, sorted by path, newest first of each path.

        Raises what `rows` raises, and SegmentCorrupt when a digest is not that of its reference.
        """
        ...

    def key_of(self, segments: Sequence[SegmentRef]) -> str | None:
        """The key of the newest of these segments that is encrypted, None when none is."""
        ...

    def write(self, key: str, rows: Iterable[pa.RecordBatch], *, versions: VersionRanges = ()) -> SegmentRef:
        """Write rows (sorted by path) as the segment `key` and make it durable before returning.

        `versions` are those that added the rows; the reference says them.
        """
        ...

    def sealed_with(self, key: str | None) -> "Ledger":
        """The same ledger; with a key, the segments that it writes are encrypted."""
        ...

    def folders(self) -> frozenset[str]:
        """The folders in which there may be segments: one for each run, named by its id, and those of
        merges."""
        ...

    def keys_there(self) -> frozenset[str]:
        """The key of every segment that is there, whoever points at it."""
        ...

    def lacking(self, segments: Iterable[SegmentRef], *, digests: bool = False) -> Sequence[SegmentRef]:
        """Those of these segments that are missing or have another size; with `digests`, another content."""
        ...

    def stray_rows(self, key: str) -> Iterator[pa.RecordBatch]:
        """The rows of a segment that no reference tells of, sorted by path; a path may have several.

        Raises SegmentCorrupt, KeyMissing.
        """
        ...

    def collect(self, referenced: frozenset[str], *, older_than_ms: int) -> list[str]:
        """Delete segments that no commit points at and that are older than an instant; their keys.

        So are folders of runs in which nothing has been for as long.
        """
        ...
