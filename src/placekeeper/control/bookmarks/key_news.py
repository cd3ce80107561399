"""What is new in a table of a database: both the plan and the run look here, in one session.

Source: docs/reference/database-bookmarks.md#bookmark-keys.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import pyarrow as pa
from msgspec import Struct
from msgspec.structs import replace

from placekeeper.control.bookmarks.begun_anew import NOT_HELD, Held, Standing, standing
from placekeeper.control.bookmarks.endless_keys import endless_notes
from placekeeper.control.bookmarks.key_types import key_types
from placekeeper.control.bookmarks.looking_back import LookingBack
from placekeeper.control.bookmarks.missing_rows import MissingRows
from placekeeper.model.databases import (
    IdRange,
    Key,
    KeyRange,
    MissingIds,
    Reached,
    Rows,
    TableMark,
    TableShape,
)
from placekeeper.model.element import KeyElement
from placekeeper.model.plan import Reason
from placekeeper.model.policy import Policy
from placekeeper.model.source import DatabaseSource
from placekeeper.model.wording import counted
from placekeeper.ports.databases import DatabaseSession
from placekeeper.rules.databases.bookmark_keys import must_rise
from placekeeper.rules.databases.identities import Identities, identity_of, unknown
from placekeeper.rules.databases.missing_ids import chunks
from placekeeper.rules.databases.reading import (
    Reading,
    Split,
    before_running_second,
    reading,
    split,
    upper_bound,
)

Identified = Callable[[], pa.Array]
"""Gives the identities that the ledger knows of a table's rows."""


class KeyNews(Struct, frozen=True, kw_only=True):
    """What a run reads of a table, and what the next one will look at again.

    `late` counts rows of `reading.late` that no run has read; `came` are ids that were missing elsewhere.
    `gaps` are the ids that are missing now; `unlisted` are parts of the table in which there are more, and
    `unwatched` those that no later run looks at again. Later runs look at what comes after `recheck`.
    `reached` is how far earlier runs had read. `released` is the path of what held the table until now.
    """

    reading: Reading
    split: Split = Split()
    recheck: Key | None = None
    late: int = 0
    late_ids: tuple[int, ...] = ()
    came: tuple[int, ...] = ()
    gaps: tuple[IdRange, ...] = ()
    unlisted: tuple[MissingIds, ...] = ()
    unwatched: tuple[MissingIds, ...] = ()
    counts: dict[Reason, int] = {}
    notes: tuple[str, ...] = ()
    is_exact: bool = True
    reached: tuple[Reached, ...] = ()
    identity: tuple[str, ...] = ()
    known: KeyElement | None = None
    mark: TableMark | None = None
    released: str = ""


class Looker:
    """Looks at a table in a session, after what a bookmark knows of it."""

    def __init__(
        self,
        session: DatabaseSession,
        shape: TableShape,
        source: DatabaseSource,
        known: KeyElement | None,
        held: Held = NOT_HELD,
    ) -> None:
        """Raises NoBookmarkKey for a table that has changed so that the bookmark cannot go on."""
        self._session = session
        self._shape = shape
        self._table, self._keys = source.relation, source.keys
        self._source = source
        self._known = known
        self._held = held
        self._types = key_types(shape, source, known)
        remembered = () if known is None else known.identity
        self._identity = identity_of(source.keys, [column.name for column in shape.columns], remembered)

    def news(self, identified: Identified, *, upto: Key | None = None) -> KeyNews:
        """What the next run reads, by the policy of the source; with `upto`, up to that key.

        Raises TableBegunAnew. A table that is held needs a decision under each policy.
        """
        is_exact = self._source.reading.policy is Policy.EXACT
        is_held = self._held.upto is not None and upto is None
        looks = is_held or (is_exact and upto is None)
        stands = Standing(self._known)
        if looks:
            stands = standing(self._session, self._source, self._known, self._held)
        self._known = stands.known
        bound = upto
        if bound is None and is_exact:
            bound = upper_bound(
                self._types,
                self._session.moment,
                self._source.look_back,
                descending=self._keys.descending,
            )
        last = self._last(bound)
        if upto is None and bound is not None and not self._source.look_back.hold_back_seconds:
            earlier = before_running_second(last, self._session.moment)
            bound, last = (bound, last) if earlier is None else (earlier, self._last(earlier))
        found = reading(self._known, last, self._session.moment, has_row_key=not self._identity.counts)
        notes = [*stands.notes, *self._key_notes(), *self._null_notes(found)]
        notes += endless_notes(self._session, self._source, found, self._types[0])
        if not is_exact:
            found = replace(found, late=None, changed_since=None)
            parts, recheck = Split(deep=found.new), found.last
            news = KeyNews(reading=found, split=parts, recheck=recheck, is_exact=False)
        else:
            back = LookingBack(self._session, self._source)
            recheck = back.recheck(found.last, self._known)
            late, ids = self._late(found, identified)
            missing = MissingRows(self._session, self._source, self._known, are_ids=self._are_ids)
            came = missing.came(found)
            gaps = missing.gaps(found, recheck, everywhere=back.is_unknown)
            kept, unlisted = missing.room([*came, *ids], gaps)
            wide = back.widened(recheck, found.last, unlisted)
            news = KeyNews(
                reading=found,
                split=split(found, self._known, wide.recheck, back.comes_before),
                recheck=wide.recheck,
                identity=self._identity.columns,
                reached=() if self._known is None else self._known.reached,
                late=late,
                late_ids=ids,
                came=came,
                gaps=gaps.ranges,
                unlisted=unlisted,
                unwatched=wide.unwatched,
            )
            notes += back.notes
            if self._known is not None:
                self._known = replace(self._known, missing=kept)
        counts = self._counts(news, bound)
        return replace(
            news,
            counts=counts,
            notes=tuple(notes),
            known=self._known,
            mark=stands.mark,
            released=self._held.path if is_held else "",
        )

    def _last(self, bound: Key | None) -> Key | None:
        after = None if self._known is None else self._known.last
        return self._session.last_key(self._table, self._keys, KeyRange(after=after, upto=bound))

    def of_range(self, begin: KeyElement | None, end: KeyElement | None) -> KeyNews:
        """What the runs of a range have read (pause with from and to)."""
        if end is None or end.last is None:
            return KeyNews(reading=Reading(last=None), is_exact=False)
        new = KeyRange(after=None if begin is None else begin.last, upto=end.last)
        found = Reading(last=end.last, new=None if new.after == new.upto else new)
        news = KeyNews(reading=found, split=Split(deep=found.new), recheck=end.last, is_exact=False)
        rows = 0 if found.new is None else self._count(found.new)
        return replace(news, counts={Reason.AGAIN: rows} if rows else {})

    def rows(self, *ranges: KeyRange | None, nulls: bool = False) -> Rows:
        """All columns of the rows of ranges."""
        there = tuple(one for one in ranges if one is not None)
        return Rows(table=self._table, keys=self._keys, ranges=there, nulls=nulls)

    def known_again(self) -> Identities:
        """Gives rows their identities, by the columns that the bookmark remembers."""
        return Identities(self._identity)

    def identities(self, some: KeyRange) -> Iterator[pa.Array]:
        """The identities of the rows of a range."""
        of = self.known_again().of
        rows = replace(self.rows(some), columns=self._identity.columns)
        return map(of, self._session.read(rows))

    def late_rows(self, news: KeyNews, identified: Identified) -> Iterator[pa.RecordBatch]:
        """The late rows, with all columns."""
        if news.late and news.reading.late is not None:
            known, of = identified(), self.known_again().of
            rows = replace(self.rows(news.reading.late), changed_since=news.reading.changed_since)
            for batch in self._session.read(rows):
                yield batch.filter(unknown(of(batch), known))
        for some in chunks([IdRange(one, one) for one in news.came]):
            yield from self._session.read(Rows(table=self._table, keys=self._keys, ids=some))

    def _late(self, found: Reading, identified: Identified) -> tuple[int, tuple[int, ...]]:
        """How many rows are late, and their ids where keys are ids."""
        if found.late is None:
            return 0, ()
        known, of = identified(), self.known_again().of
        looked_at = replace(
            self.rows(found.late),
            changed_since=found.changed_since,
            columns=self._identity.columns,
        )
        rows_late, ids = 0, list[int]()
        for batch in self._session.read(looked_at):
            late = batch.filter(unknown(of(batch), known))
            rows_late += late.num_rows
            if self._are_ids:
                ids += late.column(self._keys.columns[0]).to_pylist()
        return rows_late, tuple(ids)

    @property
    def _are_ids(self) -> bool:
        return self._types == ("int",) and self._keys.unique

    def _counts(self, news: KeyNews, bound: Key | None) -> dict[Reason, int]:
        found = news.reading
        counts = Counter({Reason.LATE: news.late + len(news.came)})
        if found.new is not None or found.nulls:
            is_all = bound is None and found.nulls  # databases count those twice as fast
            new = Rows(table=self._table) if is_all else self.rows(found.new, nulls=found.nulls)
            counts[Reason.NEW] = self._session.count(new)
        if bound is not None:
            counts[Reason.DEFERRED] = self._count(KeyRange(after=bound))
        return {reason: rows for reason, rows in counts.items() if rows}

    def _count(self, some: KeyRange) -> int:
        return self._session.count(self.rows(some))

    def _key_notes(self) -> Iterator[str]:
        """Sentences: in the first run, that keys must rise; later, that rows cannot be known again."""
        if self._identity.gone and self._known is not None and self._known.segments:
            yield (
                f"{self._source.name}: the column {self._identity.gone[0]} is gone, by which the bookmark "
                "knew rows again: rows within the look back are read once more"
            )
        if self._known is None and (must := must_rise(self._shape, self._keys)):
            yield must

    def _null_notes(self, found: Reading) -> Iterator[str]:
        """A sentence about rows with a null key, if any column of the keys can be null."""
        nullable = {column.name for column in self._shape.columns if column.nullable}
        if not nullable.intersection(self._keys.columns):
            return
        rows = self._session.count(self.rows(nulls=True))
        if rows:
            names, are = ", ".join(self._keys.columns), "is" if rows == 1 else "are"
            what = f"{counted(rows, 'row')} with a null key ({names}) {are}"
            then = (
                "read by this run and by no later one" if found.nulls else "not read: only a first run does"
            )
            yield f"{self._source.name}: {what} {then}"
