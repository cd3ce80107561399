"""Which whole numbers no row has yet, and which of those that were missing have come.

Source: docs/reference/database-bookmarks.md#missing-ids.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from placekeeper.model.databases import IdRange, Key, KeyRange, MissingIds, Rows
from placekeeper.model.element import KeyElement
from placekeeper.model.source import DatabaseSource
from placekeeper.ports.databases import DatabaseSession
from placekeeper.rules.databases.key_values import of_numbers, whole_number
from placekeeper.rules.databases.missing_ids import chunks, count, outside, unlisted_now, with_room
from placekeeper.rules.databases.reading import Reading, covered_ids, gap_range

MOST_GAPS: Final = 10_000
FIRST_GAPS: Final = 100_000
"""How many keys behind the last one the first run looks for missing ones."""


class Gaps(Struct, frozen=True):
    """The ids that are missing among the new keys; `others` is a part of these in which more are missing."""

    ranges: tuple[IdRange, ...] = ()
    others: IdRange | None = None


class MissingRows:
    """Looks for them in a session, if the keys of the table `are_ids`."""

    def __init__(
        self, session: DatabaseSession, source: DatabaseSource, known: KeyElement | None, *, are_ids: bool
    ) -> None:
        self._session = session
        self._table, self._keys = source.relation, source.keys
        self._seconds = source.look_back.missing_seconds
        self._known = known
        self._are_ids = are_ids

    def came(self, found: Reading) -> tuple[int, ...]:
        """The missing ids that have come, but those that are looked at again anyway."""
        if self._known is None or not self._are_ids:
            return ()
        came: list[int] = []
        name = self._keys.columns[0]
        for some in chunks(outside(self._known.missing, covered_ids(self._keys, found.late))):
            rows = Rows(table=self._table, keys=self._keys, ids=some, columns=(name,))
            for batch in self._session.read(rows):
                came += batch.column(0).to_pylist()
        return tuple(came)

    def gaps(self, found: Reading, recheck: Key | None, *, everywhere: bool) -> Gaps:
        """The ids that are missing among the new keys.

        Of a first run, among those looked at again, unless a transaction may write `everywhere`.
        """
        if found.new is None or not self._are_ids:
            return Gaps()
        begin, most = found.new.after, None
        if begin is None and self._known is None and not everywhere:
            begin, most = recheck, FIRST_GAPS
        if begin is None:
            begin = self._first_id(found.new, from_zero=everywhere or self._known is not None)
        within = gap_range(self._keys, begin, found.last, most=most)
        if within is None or within.first > within.last:
            return Gaps()
        ranges = tuple(self._session.gaps(self._table, self._keys, within.first, within.last, MOST_GAPS))
        if len(ranges) < MOST_GAPS or self._missing_in(within) == count(ranges):
            return Gaps(ranges)
        return Gaps(ranges, IdRange(within.first, ranges[0].first - 1))

    def room(self, came: Sequence[int], gaps: Gaps) -> tuple[tuple[MissingIds, ...], tuple[MissingIds, ...]]:
        """The known missing ids that are remembered on, and the parts of the table that no list covers."""
        known = self._known
        now_ms = self._session.moment.now_us // 1000
        kept, lost = with_room(() if known is None else known.missing, came, gaps.ranges, most=MOST_GAPS)
        if gaps.others is not None:
            lost += (MissingIds(gaps.others.first, gaps.others.last, now_ms),)
        if not self._seconds:
            return kept, ()
        before = () if known is None else known.unlisted
        return kept, unlisted_now(before, lost, now_ms=now_ms, seconds=self._seconds)

    def _missing_in(self, within: IdRange) -> int:
        there = Rows(table=self._table, keys=self._keys, ids=(within,))
        return count([within]) - self._session.count(there)

    def _first_id(self, within: KeyRange, *, from_zero: bool) -> Key | None:
        """The id behind which rows may be missing, where none was read before: 0, if the first is near."""
        first = whole_number(self._session.first_key(self._table, self._keys, within))
        if first is None:
            return None
        return of_numbers([0 if from_zero and 0 < first <= MOST_GAPS else first])
