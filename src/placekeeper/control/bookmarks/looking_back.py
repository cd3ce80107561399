"""How far the next run looks behind the last key for rows that were committed late.

Source: docs/reference/database-bookmarks.md#looking-back.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from placekeeper.model.databases import Key, KeyRange, MissingIds, Rows
from placekeeper.model.element import KeyElement
from placekeeper.model.source import DatabaseSource
from placekeeper.model.wording import counted
from placekeeper.ports.databases import DatabaseSession
from placekeeper.rules.databases.key_values import is_time, key_text, of_numbers, whole_number
from placekeeper.rules.databases.marks import OpenSince, open_since
from placekeeper.rules.databases.missing_ids import MOST_RANGES
from placekeeper.rules.databases.reading import earlier_clock, earliest, time_behind

MOST_IDENTITIES: Final = 1_000_000
"""The most rows that a bookmark knows again."""


class Widened(Struct, frozen=True):
    """The key after which the next run looks again, and the parts of the table in which it should and
    cannot."""

    recheck: Key | None
    unwatched: tuple[MissingIds, ...] = ()


class LookingBack:
    """Finds the key after which the next run looks again; `notes` says what limits that.

    With `is_unknown`, a transaction is open that is older than all runs of the bookmark.
    """

    def __init__(self, session: DatabaseSession, source: DatabaseSource, most: int = MOST_IDENTITIES) -> None:
        self._session = session
        self._source = source
        self._most = most
        self.notes: list[str] = []
        self.is_unknown = False

    def comes_before(self, one: Key, other: Key) -> bool:
        """See rules.databases.reading.ComesBefore."""
        return self._first(KeyRange(after=one, upto=other)) is not None

    def recheck(self, last: Key | None, known: KeyElement | None) -> Key | None:
        """The key of a row after which the next run looks again, None for all; `last` is read up to now.

        A transaction that is older than all marks may write anywhere.
        """
        if last is None:
            return None
        self._say_unseen(last)
        keys = [self._usual(last)]
        if (sure := self._surely_past(last)) is not None:
            keys.append(self._behind(sure))
        marks = () if known is None else known.reached
        is_open = open_since(self._session.moment, marks)
        if is_open is not None:
            self.is_unknown = not is_open.is_known
            after = is_open.after if is_open.is_known else None
            keys.append(None if after is None else self._behind(after))
        return self._bounded(earliest(keys, self.comes_before), last, is_open)

    def _surely_past(self, last: Key) -> Key | None:
        """The time behind which rows may come, if the last key is in the future by one of the clocks."""
        keys, look_back = self._source.keys, self._source.look_back
        clock = earlier_clock(last[0].type, self._session.moment)
        if clock is None or keys.descending or not self.comes_before(clock, last):
            return None
        return time_behind(clock, look_back, descending=False)

    def widened(self, recheck: Key | None, last: Key | None, unlisted: Sequence[MissingIds]) -> Widened:
        """Looks back over the parts in which more ids are missing than a bookmark lists."""
        if not unlisted or last is None:
            return Widened(recheck)
        keys, table = self._source.keys, self._source.relation
        first, end = min(one.first for one in unlisted), max(one.last for one in unlisted)
        begin = of_numbers([end if keys.descending else first])
        before = self._session.last_key(table, keys, KeyRange(upto=begin, to_before=True))
        wanted = earliest([recheck, before], self.comes_before)
        rows = self._session.count(Rows(table=table, keys=keys, ranges=(KeyRange(after=wanted, upto=last),)))
        many = (
            f"{self._source.name}: more than {MOST_RANGES:,} ranges of ids are missing from {first:,} to "
            f"{end:,}"
        )
        hours = f"{self._source.look_back.missing_seconds:,} s"
        if rows <= self._most:
            self.notes.append(f"{many}. For {hours} runs look again at all rows there")
            return Widened(wanted)
        possible = self._back(last, self._most)
        kept = earliest([recheck, possible], self.comes_before)
        edge = whole_number(kept)
        if edge is None:
            return Widened(kept)
        left = MissingIds(edge, end, 0) if keys.descending else MissingIds(first, edge, 0)
        if left.first > left.last:
            return Widened(kept)
        newest = max(one.since_ms for one in unlisted)
        self.notes.append(
            f"{many}, among {counted(rows, 'row')}. Runs look again at the last {self._most:,} of them: rows "
            f"that come late with the ids {left.first:,} to {left.last:,} are missed. Run more often"
        )
        return Widened(kept, (MissingIds(left.first, left.last, newest),))

    def _say_unseen(self, last: Key) -> None:
        """A sentence where the database could tell which transactions are open, and does not."""
        if unseen := self._session.moment.unseen:
            look_back = self._source.look_back
            seconds, rows = f"{look_back.seconds:,} s", counted(look_back.rows, "row")
            self.notes.append(
                f"{self._source.name}: {unseen}. Until then, what is committed late is found within the last "
                f"{seconds if is_time(last[0].type) else rows} alone (--bookmark-look-back)"
            )

    def _usual(self, last: Key) -> Key | None:
        look_back, keys = self._source.look_back, self._source.keys
        time = time_behind(last, look_back, descending=keys.descending)
        if time is not None:
            return self._behind(time)
        key = self._back(last, look_back.rows)
        return key if key is None or keys.unique else self._behind(key)

    def _bounded(self, recheck: Key | None, last: Key, is_open: OpenSince | None) -> Key | None:
        table, keys = self._source.relation, self._source.keys
        window = KeyRange(after=recheck, upto=last)
        rows = self._session.count(Rows(table=table, keys=keys, ranges=(window,)))
        if rows <= self._most:
            return recheck
        self.notes.append(
            f"{self._source.name}: {counted(rows, 'row')} are within the look back, and the bookmark knows "
            f"{self._most:,} again: rows that are committed late behind these are missed. Look back less, or "
            "run more often"
        )
        if is_open is not None:
            self._name(is_open)
        key = self._back(last, self._most)
        if key == last:
            self.notes.append(
                f"{self._source.name}: more than {self._most:,} rows have the key {key_text(last)}, which is "
                "the last one: new rows with that key are missed. Name keys that fewer rows share, such as "
                "the primary key behind it"
            )
        return key

    def _name(self, is_open: OpenSince) -> None:
        """A sentence about a transaction that may write behind what the bookmark knows again."""
        since = datetime.fromtimestamp(is_open.transaction.since_us // 1_000_000, UTC)
        older = "" if is_open.is_known else ", before any run of this bookmark"
        self.notes.append(
            f"{self._source.name}: a transaction has been open since {since:%Y-%m-%dT%H:%M:%SZ} "
            f"({is_open.transaction.name}){older}. What it commits behind the look back is missed: end it"
        )

    def _back(self, last: Key, rows: int) -> Key | None:
        return self._session.key_back(self._source.relation, self._source.keys, KeyRange(upto=last), rows)

    def _behind(self, key: Key) -> Key | None:
        """The key of a row that lies strictly before a key, so that rows with an equal one are looked at.

        Of a time before other columns, all rows of that time are: it may be coarse. A unique key that is
        alone is no row's but its own.
        """
        keys = self._source.keys
        if keys.unique and len(keys.columns) == 1:
            return self._session.last_key(self._source.relation, keys, KeyRange(upto=key))
        bound = key[:1] if is_time(key[0].type) else key
        return self._session.last_key(self._source.relation, keys, KeyRange(upto=bound, to_before=True))

    def _first(self, within: KeyRange) -> Key | None:
        return self._session.first_key(self._source.relation, self._source.keys, within)
