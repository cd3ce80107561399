"""The rules by which objects are chosen. `decide` is the rule for one object; docs/explanation/selection.md
has each rule as a table.

`settle` decides most objects of a batch at once, those that need no second look: it finds the rows for which
`decide` would return `settled`. A property test keeps the two equal.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.element import NextWindow
from placekeeper.model.objects import LedgerRow, ObjectMeta
from placekeeper.model.plan import Reason
from placekeeper.model.policy import OnChanged, OnTouched, ReadingPolicy
from placekeeper.model.source import Partition
from placekeeper.rules.selection.window import IncludeList, RangeEnd, ReadSince, Window

_TOUCHED = {OnTouched.READ: Reason.TOUCHED, OnTouched.IGNORE: Reason.IGNORED}
_CHANGED = {
    OnChanged.READ: Reason.CHANGED,
    OnChanged.IGNORE: Reason.IGNORED,
    OnChanged.FAIL: Reason.REFUSED,
}


_REMEMBERED = frozenset({Reason.ASSUMED, Reason.SEEDED})
"""Reasons for which objects count as processed although no run has read them."""


class Aligned(NamedTuple):
    """A batch of a listing and, for each of its paths, the ledger's LEDGER_FACTS or nulls."""

    listed: pa.RecordBatch
    known: pa.RecordBatch


class Rule(Protocol):
    """Decides on listed objects, given the newest ledger row of each."""

    @property
    def settled(self) -> Reason:
        """The reason that `settle` finds."""
        ...

    def settle(self, rows: Aligned) -> pa.Array:
        """A mask of the rows for which `decide` would return `settled`; no nulls."""
        ...

    def decide(self, listed: ObjectMeta, known: LedgerRow | None) -> Reason:
        """What a run does with one object."""
        ...


class Exact:
    """The ledger decides: each observed change of an object is read once, whatever the clocks say.

    `imported` is AWS's list, from the import of its bookmark until the first commit after it: objects that
    its window covered are `assumed` to be processed.
    """

    settled = Reason.DONE

    def __init__(
        self, window: Window, reading: ReadingPolicy | None = None, imported: IncludeList | None = None
    ) -> None:
        self._window = window
        self._reading = reading or ReadingPolicy()
        self._imported = imported

    def settle(self, rows: Aligned) -> pa.Array:
        """The rows of objects that have not changed."""
        return _are_the_same(rows)

    def decide(self, listed: ObjectMeta, known: LedgerRow | None) -> Reason:
        """Skip unchanged objects, leave those modified after the run began, read the others."""
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
        modified_ms, window = listed.last_modified_ms, self._window
        closed = window.is_closed_over(modified_ms)
        if self._imported is not None and (
            closed or (window.may_be_listed(modified_ms) and self._imported.has(listed))
        ):
            return Reason.ASSUMED
        return Reason.LATE if closed else Reason.NEW


class ByWindow:
    """AWS's own rule: times and the list S decide what is read.

    Among objects over which the window has closed, the ledger tells processed ones (`done`) from those that
    nobody ever reads (`skipped`). It decides only where AWS's string cannot: `read_since`, and a list S that
    is not whole.

    `partitions` are those of a catalog's table; all files of a partition that is newer than `latest` are
    read, however old they are. `end` ends a range of runs (from/to): of the window's last part only what is
    in its list is read. `imported` says that the window is that of AWS's bookmark, and no run has
    committed since: what it covers is `assumed` to be processed, so that the ledger knows it from then on.

    Source: docs/reference/bookmarks.md#aws-window and docs/reference/bookmarks.md#new-partitions.
    """

    settled = Reason.DONE

    def __init__(
        self,
        window: Window,
        seen: IncludeList,
        *,
        partitions: Sequence[Partition] = (),
        latest: NextWindow | None = None,
        read_since: ReadSince | None = None,
        end: RangeEnd | None = None,
        imported: bool = False,
    ) -> None:
        self._window = window
        self._seen = seen
        self._read_since = read_since or ReadSince()
        self._end = end
        self._imported = imported
        self._partitions = sorted(partitions, key=lambda partition: partition.path)
        self._paths = [partition.path for partition in self._partitions]
        self._latest = latest

    def settle(self, rows: Aligned) -> pa.Array:
        """The rows of unchanged objects over which the window has closed; none with partitions, after an
        import or in a range, because then each object needs `decide`."""
        closed_ms = self._window.closed_ms
        if closed_ms is None or self._partitions or self._imported or self._end is not None:
            return pa.repeat(pa.scalar(False), rows.listed.num_rows)
        closed = pc.less_equal(rows.listed.column("last_modified_ms"), closed_ms)
        return pc.and_(closed, _are_the_same(rows))

    def decide(self, listed: ObjectMeta, known: LedgerRow | None) -> Reason:
        """Decide as AWS does."""
        if self._is_beyond_end(listed, known):
            return Reason.DEFERRED
        if self._read_since.has(listed, known):
            return Reason.DONE
        if self._is_new_to(self._latest, listed.path):
            return Reason.NEW
        if self._window.is_closed_over(listed.last_modified_ms):
            is_known = known is not None and known.is_of(listed)
            return self._covered(Reason.DONE if is_known else Reason.SKIPPED)
        is_listed = self._window.may_be_listed(listed.last_modified_ms) and self._seen.has(listed, known)
        return self._covered(Reason.DONE) if is_listed else Reason.NEW

    def _is_beyond_end(self, listed: ObjectMeta, known: LedgerRow | None) -> bool:
        is_after = self._window.is_after_start(listed.last_modified_ms)
        if self._end is None:
            return is_after
        if self._end.read_since.has(listed, known):
            return False
        if is_after or self._is_new_to(self._end.latest, listed.path):
            return True
        return self._window.is_in_band(listed.last_modified_ms) and not self._end.seen.has(listed, known)

    def _covered(self, reason: Reason) -> Reason:
        return Reason.ASSUMED if self._imported else reason

    def _is_new_to(self, latest: NextWindow | None, path: str) -> bool:
        """Whether an object is in a partition that is newer than the latest ones."""
        place = bisect_right(self._paths, path) - 1
        if latest is None or place < 0 or not path.startswith(self._paths[place]):
            return False
        return is_new(self._partitions[place], latest)


class InRange:
    """Pause with from and to: read again what the versions (`after`, `up_to`] have processed.

    The ledger must be that of `up_to`: its newest row of each path is then the last one in range or before.

    Source: docs/reference/bookmarks.md#a-range-of-runs.
    """

    settled = Reason.OUTSIDE

    def __init__(self, after: int) -> None:
        self._after = after

    def settle(self, rows: Aligned) -> pa.Array:
        """The rows of objects that no run in the range has read."""
        return pc.invert(pc.fill_null(self.has_read(rows.known), False))

    def has_read(self, known: pa.RecordBatch) -> pa.Array:
        """Which ledger rows are of objects that a run in the range has read; null for null."""
        only_remembered = pc.is_in(known.column("reason"), pa.array(sorted(_REMEMBERED), pa.string()))
        return pc.and_not(pc.greater(known.column("bookmark_version"), self._after), only_remembered)

    def decide(self, listed: ObjectMeta, known: LedgerRow | None) -> Reason:
        """Read again what the range has read, if it is unchanged; not what it has only remembered."""
        if known is None or known.bookmark_version <= self._after or known.reason in _REMEMBERED:
            return Reason.OUTSIDE
        return Reason.AGAIN if known.is_of(listed) else Reason.OVERWRITTEN


def _are_the_same(rows: Aligned) -> pa.Array:
    """A mask of the objects that are as the ledger has them: same time, size and e_tag."""
    same = pc.is_valid(rows.known.column("bookmark_version"))
    for name in ("last_modified_ms", "size", "e_tag"):
        listed, known = (batch.column(name) for batch in rows)
        both_null = pc.and_(pc.is_null(listed), pc.is_null(known))
        same = pc.and_(same, pc.or_(both_null, pc.fill_null(pc.equal(listed, known), False)))
    return same


def is_new(partition: Partition, latest: NextWindow) -> bool:
    """Whether a partition came to the catalog after the latest that runs have seen.

    Source: docs/reference/bookmarks.md#new-partitions.
    """
    if partition.created_ms == latest.latest_partition_ms:
        return partition.path not in latest.latest_partitions
    return partition.created_ms > latest.latest_partition_ms
