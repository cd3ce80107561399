"""How far the next run looks behind the last key for rows that were committed late.

Source: docs/reference/databases.md#looking-back.
"""

from datetime import UTC, datetime
from typing import Final

from placekeeper.model.databases import Key, KeyRange, Rows
from placekeeper.model.element import KeyElement
from placekeeper.model.source import DatabaseSource
from placekeeper.model.wording import counted
from placekeeper.ports.databases import DatabaseSession
from placekeeper.rules.databases.marks import open_since
from placekeeper.rules.databases.reading import earliest, time_behind

MOST_IDENTITIES: Final = 1_000_000
"""The most rows that a bookmark knows again."""


class LookingBack:
    """Finds the key after which the next run looks again; `notes` says what limits that."""

    def __init__(self, session: DatabaseSession, source: DatabaseSource, most: int = MOST_IDENTITIES) -> None:
        self._session = session
        self._source = source
        self._most = most
        self.notes: list[str] = []

    def comes_before(self, one: Key, other: Key) -> bool:
        """See rules.databases.reading.ComesBefore."""
        return self._first(KeyRange(after=one, upto=other)) is not None

    def recheck(self, last: Key | None, known: KeyElement | None) -> Key | None:
        """The key of a row after which the next run looks again, None for all; `last` is read up to now."""
        if last is None:
            return None
        keys = [self._usual(last)]
        marks = () if known is None else known.reached
        is_open = open_since(self._session.moment, marks)
        if is_open is not None:
            if is_open.after is not None:
                keys.append(self._at_or_before(is_open.after))
            self._name_unknown(is_open.transaction.name, is_open.transaction.since_us, is_open.is_known)
        return self._bounded(earliest(keys, self.comes_before), last)

    def _usual(self, last: Key) -> Key | None:
        look_back, keys = self._source.look_back, self._source.keys
        time = time_behind(last, look_back, descending=keys.descending)
        if time is not None:
            return self._at_or_before(time)
        return self._session.key_back(self._source.relation, keys, KeyRange(upto=last), look_back.rows)

    def _bounded(self, recheck: Key | None, last: Key) -> Key | None:
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
        return self._session.key_back(table, keys, KeyRange(upto=last), self._most)

    def _name_unknown(self, name: str, since_us: int, is_known: bool) -> None:
        age_s = (self._session.moment.now_us - since_us) // 1_000_000
        if is_known or age_s <= self._source.look_back.seconds:
            return
        since = datetime.fromtimestamp(since_us // 1_000_000, UTC)
        self.notes.append(
            f"{self._source.name}: a transaction has been open since {since:%Y-%m-%dT%H:%M:%SZ} ({name}), "
            "before any run of this bookmark. What it commits behind the look back is missed: end it"
        )

    def _first(self, within: KeyRange) -> Key | None:
        return self._session.first_key(self._source.relation, self._source.keys, within)

    def _at_or_before(self, key: Key) -> Key | None:
        return self._session.last_key(self._source.relation, self._source.keys, KeyRange(upto=key))
