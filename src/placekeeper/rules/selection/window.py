"""AWS's time window: T1, T2, dt and the list S, with its open and closed ends.

m ≤ T1 - dt          closed: never looked at again
T1 - dt < m ≤ T1     read unless it is in S
T1 < m ≤ T2          read; what lies in (T2 - dt, T2] goes into the next S
m > T2               left for the next run

Source: docs/reference/bookmarks.md#aws-window.
"""

from collections.abc import Iterable

import msgspec

from placekeeper.model.element import NextWindow
from placekeeper.model.objects import LedgerRow, ObjectMeta
from placekeeper.rules.bookmarks.aws_string import object_hash


class IncludeList:
    """S: the objects of the window's last part that are processed, by AWS's hashes.

    There are two for each object, of path and time and of the path alone. The first decides, so that an
    object overwritten within the band is read again. A list of paths alone, without pairs, was never seen.
    Where a list turns out to be one (an odd number of hashes, a path where a pair begins), the path decides.

    If the list is not `whole`, the ledger has the rest. In the ledger of a later state, only rows of versions
    up to `up_to` belong to the list.
    """

    def __init__(self, hashes: Iterable[str] = (), *, whole: bool = True, up_to: int | None = None) -> None:
        hashes = tuple(hashes)
        self.is_whole = whole
        self.up_to = up_to
        self._objects = frozenset(hashes)
        self._paths_alone = self._objects.difference(() if len(hashes) % 2 else hashes[1::2])

    @classmethod
    def of(cls, before: NextWindow | None, *, up_to: int | None = None) -> "IncludeList":
        """The list that the last run left: AWS's own after an import. Empty where there was no run."""
        if before is None:
            return cls()
        if before.include_list:
            return cls(before.include_list)
        pairs = ((object_hash(f"{path}{ms}"), object_hash(path)) for path, ms in before.in_band)
        return cls((part for pair in pairs for part in pair), whole=not before.unlisted, up_to=up_to)

    def has(self, listed: ObjectMeta, known: LedgerRow | None = None) -> bool:
        """Whether an object is in the list, by its hashes or by the ledger, which has the unlisted ones."""
        if object_hash(f"{listed.path}{listed.last_modified_ms}") in self._objects:
            return True
        if self._paths_alone and object_hash(listed.path) in self._paths_alone:
            return True
        if self.is_whole or known is None or known.last_modified_ms != listed.last_modified_ms:
            return False
        return self.up_to is None or known.bookmark_version <= self.up_to


class ReadSince(msgspec.Struct, frozen=True):
    """What runs have read that left objects to the next one: ledger rows of the versions `since` .. `up_to`.

    Their watermark cannot express it, because it lies before what they have read.
    """

    since: int = 0
    up_to: int | None = None

    @classmethod
    def of(cls, before: NextWindow | None, *, up_to: int | None = None) -> "ReadSince":
        """The versions that the last run recorded; none where there was no run."""
        return cls() if before is None else cls(before.leaving_since, up_to)

    def has(self, listed: ObjectMeta, known: LedgerRow | None) -> bool:
        """Whether one of these runs has processed the object in its present form."""
        if not self.since or known is None or known.bookmark_version < self.since:
            return False
        return (self.up_to is None or known.bookmark_version <= self.up_to) and known.is_of(listed)


class RangeEnd(msgspec.Struct, frozen=True):
    """The end of a range of runs: the list of its last run, what that run had read beyond its watermark, and
    the next window that it left, which has the partitions that it had seen (None where they do not count).
    """

    seen: IncludeList
    read_since: ReadSince
    latest: NextWindow | None = None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The instants (epoch ms) that bound a run's choice.

    `previous_start_ms` is T1, the watermark of the last successful run, None for a first run;
    `previous_band_ms` is dt of that run; `start_ms` is T2, this run's start; `band_ms` is dt of this run.
    """

    start_ms: int
    band_ms: int
    previous_start_ms: int | None = None
    previous_band_ms: int = 0

    @classmethod
    def between(cls, before: NextWindow | None, *, start_ms: int, band_ms: int) -> "Window":
        """The window of a run that goes on from what the last one left."""
        if before is None:
            return cls(start_ms=start_ms, band_ms=band_ms)
        return cls(
            start_ms=start_ms,
            band_ms=band_ms,
            previous_start_ms=before.watermark_ms,
            previous_band_ms=before.band_ms,
        )

    @property
    def closed_ms(self) -> int | None:
        """T1 - dt: AWS's window has closed over every instant up to this one; None on a first run."""
        return None if self.previous_start_ms is None else self.previous_start_ms - self.previous_band_ms

    def is_closed_over(self, last_modified_ms: int) -> bool:
        """Whether AWS never looks at this instant again: m ≤ T1 - dt."""
        return self.closed_ms is not None and last_modified_ms <= self.closed_ms

    def may_be_listed(self, last_modified_ms: int) -> bool:
        """Whether S decides: m ≤ T1 (and the window has not closed)."""
        return self.previous_start_ms is not None and last_modified_ms <= self.previous_start_ms

    def is_after_start(self, last_modified_ms: int) -> bool:
        """Whether an object of this time is left for the next run: m > T2."""
        return last_modified_ms > self.start_ms

    @property
    def band(self) -> tuple[int, int]:
        """The window's last part, from after T2 - dt up to T2."""
        return self.start_ms - self.band_ms, self.start_ms

    def is_in_band(self, last_modified_ms: int) -> bool:
        """Whether the next run may still see this object late: T2 - dt < m ≤ T2."""
        begins_ms, ends_ms = self.band
        return begins_ms < last_modified_ms <= ends_ms
