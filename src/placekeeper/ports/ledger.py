"""The ledger: every processed object, and the run that processed it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import pyarrow as pa

from placekeeper.model.segments import SegmentRef, VersionRanges
from placekeeper.rules.ledger.retention import Thinning


class Ledger(Protocol):
    """Immutable, sorted segments of LEDGER_SCHEMA."""

    def rows(self, segments: Sequence[SegmentRef]) -> Iterator[pa.RecordBatch]:
        """The newest row of each path over all segments, sorted by path, in bounded memory.

        Raises SegmentCorrupt if a segment is missing or is not what its reference says, KeyMissing if it is
        encrypted and its key is not configured.
        """
        ...

    def merged(self, segments: Sequence[SegmentRef], thinning: Thinning) -> Iterator[pa.RecordBatch]:
        """All rows of segments that a merge keeps, sorted by path, with the newest row of a path first.

        Raises what `rows` raises, and SegmentCorrupt if a digest is not that of its reference.
        """
        ...

    def key_of(self, segments: Sequence[SegmentRef]) -> str | None:
        """The key of the newest encrypted segment among these; None if none is encrypted."""
        ...

    def write(self, key: str, rows: Iterable[pa.RecordBatch], *, versions: VersionRanges = ()) -> SegmentRef:
        """Write rows (sorted by path) as the segment `key` and make it durable before returning.

        `versions` are those that added the rows; the reference names them.
        """
        ...

    def sealed_with(self, key: str | None) -> "Ledger":
        """The same ledger; with a key, it encrypts the segments that it writes."""
        ...

    def folders(self) -> frozenset[str]:
        """The folders in which there may be segments: one for each run, named by its id, and those of
        merges."""
        ...

    def keys_there(self) -> frozenset[str]:
        """The key of every segment that exists, whether or not a version points at it."""
        ...

    def lacking(self, segments: Iterable[SegmentRef], *, digests: bool = False) -> Sequence[SegmentRef]:
        """The segments that are missing or have another size or, with `digests`, another content."""
        ...

    def stray_rows(self, key: str) -> Iterator[pa.RecordBatch]:
        """The rows of a segment without a reference, sorted by path; a path may have several rows.

        Raises SegmentCorrupt, KeyMissing.
        """
        ...

    def collect(self, referenced: frozenset[str], *, older_than_ms: int) -> list[str]:
        """Delete segments that no commit points at and that are older than an instant; returns their keys.

        Folders of runs that have been empty for as long are deleted too.
        """
        ...
