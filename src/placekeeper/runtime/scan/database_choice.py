"""The rows of a database that a run reads: which ones its tasks read, and those that it has read itself.

What later runs look at again is read in the session of the moment, so that rows and identities are the same.

Source: docs/reference/database-bookmarks.md#looking-back.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import uuid4

import pyarrow as pa
from msgspec import Struct
from msgspec.structs import replace

from placekeeper.control.bookmarks.key_news import Identified, KeyNews, Looker
from placekeeper.control.bookmarks.sampled_rows import taken
from placekeeper.model.databases import MissingIds, Partitioning, Rows, RowSample
from placekeeper.model.element import KeyElement
from placekeeper.model.plan import Reason
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import DatabaseSource
from placekeeper.model.wording import counted
from placekeeper.ports.databases import DatabaseSession
from placekeeper.rules.databases.identities import IDENTITY, sorted_identities
from placekeeper.rules.databases.missing_ids import NextMissing, among, next_missing
from placekeeper.runtime.scan.database_rows import Deep, Spool

_ROWS_PER_PART: Final = 500_000
"""A part has a connection of its own, which takes as long as reading some 90,000 rows."""

_PARTS_AT_ONCE: Final = 4
"""Parts for each task that runs at once: the last ones are then short."""

_NO_IDENTITIES: Final = pa.array([], IDENTITY)


class ChosenRows(Struct, frozen=True, kw_only=True):
    """The rows that a run reads: `deep` ones by tasks, and those that it has `kept`.

    `news` is None where no bookmark follows them. Counts are of rows; without, nobody has counted them.
    `identities`, sorted, are those of the rows that the next run looks at again; `segments` have them, if
    they are what an earlier run has read. `missing` are the ids that the next run asks for, `sample` rows by
    which it knows the table again.
    """

    source: DatabaseSource
    deep: tuple[Deep, ...] = ()
    kept: Spool | None = None
    news: KeyNews | None = None
    identities: pa.Array = _NO_IDENTITIES
    segments: tuple[SegmentRef, ...] = ()
    missing: tuple[MissingIds, ...] = ()
    sample: RowSample | None = None
    counts: Mapping[Reason, int] = {}
    notes: tuple[str, ...] = ()

    @property
    def objects_read(self) -> int:
        """The number of rows that are read, as far as it is known."""
        return sum(count for reason, count in self.counts.items() if reason.is_read)

    @property
    def bytes_read(self) -> int:
        """The size in memory of the rows that were kept."""
        return 0 if self.kept is None else self.kept.size


class Taking:
    """Takes what is new, given how many tasks run at once and which parts a script asks for."""

    def __init__(self, session: DatabaseSession, parallelism: int, asked: Partitioning | None = None) -> None:
        self._session = session
        self._parallelism = parallelism
        self._asked = asked

    def everything(self, source: DatabaseSource, rows: Rows, about: int | None) -> ChosenRows:
        """All rows, of which there are `about` so many."""
        return ChosenRows(source=source, deep=self._deep(rows, about))

    def first(self, source: DatabaseSource, rows: Rows, most: int, spool: Spool) -> ChosenRows:
        """The first rows, at most so many."""
        batches = self._session.read(rows)
        for batch in batches:
            spool.add(batch.slice(0, most - spool.rows))
            if spool.rows >= most:
                break
        return ChosenRows(source=source, kept=spool, counts={Reason.NEW: spool.rows})

    def of_range(self, source: DatabaseSource, looker: Looker, news: KeyNews) -> ChosenRows:
        """What the runs of a range have read."""
        deep: tuple[Deep, ...] = ()
        if news.split.deep is not None:
            deep = self._deep(looker.rows(news.split.deep), news.counts.get(Reason.AGAIN, 0))
        return ChosenRows(source=source, deep=deep, news=news, counts=news.counts)

    def new(
        self,
        source: DatabaseSource,
        looker: Looker,
        news: KeyNews,
        identified: Identified,
        *,
        spool: Spool,
        now_ms: int,
    ) -> ChosenRows:
        """What is new: late rows and those of the window are read here and now."""
        found, parts, known = news.reading, news.split, news.known
        identities = [] if parts.old_window is None else [*looker.identities(parts.old_window)]
        for batch in looker.late_rows(news, identified):
            spool.add(batch)
        others = spool.rows
        kept: list[int] = []
        gaps = sorted(news.gaps)
        if parts.window is not None:
            of = looker.known_again().of
            for batch in self._session.read(looker.rows(parts.window)):
                spool.add(batch)
                identities.append(of(batch))
                if gaps:  # they are of one whole number
                    kept += among(batch.column(source.keys.columns[0]).to_pylist(), gaps)
        deep: tuple[Deep, ...] = ()
        if parts.deep is not None or found.nulls:
            rows = looker.rows(parts.deep, nulls=found.nulls)
            deep = self._deep(rows, news.counts.get(Reason.NEW, 0) - (spool.rows - others), news)
        missing = _missing(source, news, known, kept, now_ms)
        found_identities = sorted_identities(identities)
        is_known = known is not None and found_identities.equals(identified())
        return ChosenRows(
            source=source,
            deep=deep,
            kept=spool,
            news=news,
            identities=found_identities,
            segments=known.segments if known is not None and is_known else (),
            missing=missing.ranges,
            sample=(taken(self._session, source, found.last, salt=uuid4().hex) if news.is_exact else None),
            counts=news.counts,
            notes=(*news.notes, *_said(source, missing)),
        )

    def _deep(self, rows: Rows, about: int | None, news: KeyNews | None = None) -> tuple[Deep, ...]:
        snapshot = self._session.moment.snapshot
        missing = () if news is None or snapshot is not None else tuple(sorted(news.gaps))
        if self._asked is not None:
            parts = self._session.cut(rows, self._asked)
        else:
            parts = self._session.parts(rows, self._wanted(about))
        if not parts:
            return (Deep(rows=rows, snapshot=snapshot, missing=missing),)
        return tuple(
            Deep(rows=replace(rows, part=part), snapshot=snapshot, missing=missing) for part in parts
        )

    def _wanted(self, about: int | None) -> int:
        most = self._parallelism * _PARTS_AT_ONCE
        return most if about is None else max(1, min(about // _ROWS_PER_PART, most))


def _missing(
    source: DatabaseSource, news: KeyNews, known: KeyElement | None, kept: Sequence[int], now_ms: int
) -> NextMissing:
    return next_missing(
        () if known is None else known.missing,
        (*news.came, *news.late_ids, *kept),
        news.gaps,
        now_ms=now_ms,
        seconds=source.look_back.missing_seconds,
    )


def _said(source: DatabaseSource, missing: NextMissing) -> Iterator[str]:
    if missing.expired:
        yield (
            f"{source.name}: {counted(missing.expired, 'missing id')} did not come within "
            f"{source.look_back.missing_seconds:,} s, and no later run asks for them"
        )
    if missing.dropped:
        yield (
            f"{source.name}: {counted(missing.dropped, 'missing id')} are more than a bookmark remembers, "
            "and no later run asks for them"
        )
