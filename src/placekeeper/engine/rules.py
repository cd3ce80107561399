"""The rules by which objects are chosen. `decide` is the rule for one object; each stands as a table in
docs/explanation/selection.md.

`settle` says the same of most objects of a batch at once, those that need no second look: it answers which
rows `decide` would call `settled`. A property test holds the two together.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.engine.window import IncludeList, Window
from placekeeper.model.bookmark import Partition, StateElement
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Reason
from placekeeper.model.policy import OnChanged, OnTouched, ReadingPolicy

_TOUCHED = {OnTouched.READ: Reason.TOUCHED, OnTouched.IGNORE: Reason.IGNORED}
_CHANGED = {
    OnChanged.READ: Reason.CHANGED,
    OnChanged.IGNORE: Reason.IGNORED,
    OnChanged.FAIL: Reason.REFUSED,
}


class LedgerRow(msgspec.Struct, frozen=True):
    """What decides about an object that was processed before: what it was, by which run, in which version."""

    last_modified_ms: int
    size: int
    e_tag: str | None
    run_id: str
    bookmark_version: int = 0

    def is_of(self, listed: ObjectMeta) -> bool:
        """Whether the object is what it was: same time, size and e_tag."""
        return self.last_modified_ms == listed.last_modified_ms and self.has_content_of(listed)

    def has_content_of(self, listed: ObjectMeta) -> bool:
        """Whether size and e_tag are what they were."""
        return (self.size, self.e_tag) == (listed.size, listed.e_tag)


class Aligned(NamedTuple):
    """A batch of a listing, and the ledger row of each of its paths: nulls where there is none."""

    listed: pa.RecordBatch
    known: pa.RecordBatch


class Rule(Protocol):
    """Decides about listed objects, given the newest ledger row of each."""

    @property
    def settled(self) -> Reason:
        """The reason that `settle` finds."""
        ...

    def settle(self, rows: Aligned) -> pa.Array:
        """Which rows `decide` would call `settled`: booleans, none null."""
        ...

    def decide(self, listed: ObjectMeta, known: LedgerRow | None) -> Reason:
        """What a run does with one object."""
        ...


class Exact:
    """The ledger decides: each observed change of an object is read once, whatever the clocks say.

    `imported` is AWS's list, from the import of its bookmark until the first commit after it: what its window
    covered then is `assumed` to be processed.
    """

    settled = Reason.DONE

    def __init__(
        self, window: Window, reading: ReadingPolicy | None = None, imported: IncludeList | None = None
    ) -> None:
        self._window = window
        self._reading = reading or ReadingPolicy()
        self._imported = imported

    def settle(self, rows: Aligned) -> pa.Array:
        """Those that are what they were."""
        listed, known = rows
        same = pc.is_valid(known.column("path"))
        for name in ("last_modified_ms", "size"):
            same = pc.and_(same, pc.fill_null(pc.equal(listed.column(name), known.column(name)), False))
        tags = [pc.fill_null(batch.column("e_tag"), "") for batch in rows]
        return pc.and_(same, pc.equal(*tags))

    def decide(self, listed: ObjectMeta, known: LedgerRow | None) -> Reason:
        """The same object counts once; what was modified after the run began waits; the rest is read."""
        if known is not None and known.is_of(listed):
            return Reason.DONE
        if self._window.is_after_start(listed.last_modified_ms):
            return Reason.DEFERRED
        if known is None:
            return self._unknown(listed)
        if known.has_content_of(listed) and listed.e_tag is not None:
            return _TOUCHED[self._reading.touched]
        return _CHANGED[self._reading.changed]

    def _unknown(self, listed: ObjectMeta) -> Reason:
        closed = self._window.is_closed_over(listed.last_modified_ms)
        if self._imported is not None and (closed or _is_listed(listed, None, self._window, self._imported)):
            return Reason.ASSUMED
        return Reason.LATE if closed else Reason.NEW


class ByWindow:
    """AWS's own rule: times and the list S decide, and the ledger is only kept (bookmarks.md §4.1, §4.2).

    `partitions` are those of a catalog's table; all files of a partition that is newer than `latest` are
    read, however old they are. `band` is the list that ends a range of runs (from/to): of the window's last
    part only what is in it is read. `imported` says that the window is that of AWS's bookmark, and no run has
    committed since: what it covers is `assumed` to be processed, so that the ledger knows it from then on.
    """

    settled = Reason.SKIPPED

    def __init__(
        self,
        window: Window,
        seen: IncludeList,
        *,
        partitions: Sequence[Partition] = (),
        latest: StateElement | None = None,
        band: IncludeList | None = None,
        imported: bool = False,
    ) -> None:
        self._window = window
        self._seen = seen
        self._band = band
        self._imported = imported
        self._partitions = sorted(partitions, key=lambda partition: partition.path)
        self._paths = [partition.path for partition in self._partitions]
        self._latest = latest

    def settle(self, rows: Aligned) -> pa.Array:
        """Those over which the window has closed; with partitions, or after an import, each has to be looked
        at."""
        closed_ms = self._window.closed_ms
        if closed_ms is None or self._partitions or self._imported:
            return pa.repeat(pa.scalar(False), rows.listed.num_rows)
        return pc.less_equal(rows.listed.column("last_modified_ms"), closed_ms)

    def decide(self, listed: ObjectMeta, known: LedgerRow | None) -> Reason:
        """What AWS does with one object. `known` matters only within new partitions, of which a bounded run
        may have read a part, and for a list S that is not whole."""
        modified_ms, window = listed.last_modified_ms, self._window
        if window.is_after_start(modified_ms):
            return Reason.DEFERRED
        band = self._band if window.is_in_band(modified_ms) else None
        if band is not None and not _is_in(band, listed, known):
            return Reason.DEFERRED
        if self._is_in_new_partition(listed.path):
            return Reason.DONE if known is not None and known.is_of(listed) else Reason.NEW
        if window.is_closed_over(modified_ms):
            return self._covered(Reason.SKIPPED)
        is_listed = _is_listed(listed, known, window, self._seen)
        return self._covered(Reason.DONE) if is_listed else Reason.NEW

    def _covered(self, reason: Reason) -> Reason:
        return Reason.ASSUMED if self._imported else reason

    def _is_in_new_partition(self, path: str) -> bool:
        place = bisect_right(self._paths, path) - 1
        if self._latest is None or place < 0 or not path.startswith(self._paths[place]):
            return False
        return is_new(self._partitions[place], self._latest)


class InRange:
    """Pause with from and to: what the versions (`after`, `up_to`] have processed, read again (§8).

    The ledger must be that of `up_to`: its newest row of each path is then the last one in range or before.
    """

    settled = Reason.OUTSIDE

    def __init__(self, after: int) -> None:
        self._after = after

    def settle(self, rows: Aligned) -> pa.Array:
        """Those that no run in the range has processed."""
        within = pc.greater(rows.known.column("bookmark_version"), self._after)
        return pc.invert(pc.fill_null(within, False))

    def decide(self, listed: ObjectMeta, known: LedgerRow | None) -> Reason:
        """What was read then is read again, if it is still the same."""
        if known is None or known.bookmark_version <= self._after:
            return Reason.OUTSIDE
        return Reason.AGAIN if known.is_of(listed) else Reason.OVERWRITTEN


def is_new(partition: Partition, latest: StateElement) -> bool:
    """Whether a partition came to the catalog after those that an element has seen (bookmarks.md §4.2)."""
    if partition.created_ms == latest.latest_partition_ms:
        return partition.path not in latest.latest_partitions
    return partition.created_ms > latest.latest_partition_ms


def _is_listed(listed: ObjectMeta, known: LedgerRow | None, window: Window, seen: IncludeList) -> bool:
    return window.may_be_listed(listed.last_modified_ms) and _is_in(seen, listed, known)


def _is_in(listing: IncludeList, listed: ObjectMeta, known: LedgerRow | None) -> bool:
    """Whether an object is in AWS's list: by its hashes, or by the ledger, which has what is left out."""
    if listing.has(listed.path, listed.last_modified_ms):
        return True
    if listing.is_whole or known is None or known.last_modified_ms != listed.last_modified_ms:
        return False
    return listing.up_to is None or known.bookmark_version <= listing.up_to
