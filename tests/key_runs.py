"""Runs that read a table by its bookmark keys, without engine and server: what a job process does of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from placekeeper.control.bookmarks.key_news import Looker
from placekeeper.control.bookmarks.known_rows import known_identities
from placekeeper.model.databases import DatabaseTable, LookBack
from placekeeper.model.element import KeyElement
from placekeeper.model.policy import ReadingPolicy
from placekeeper.model.segments import SegmentRef, VersionRanges
from placekeeper.model.source import DatabaseSource
from placekeeper.ports.databases import Database
from placekeeper.rules.databases.bookmark_keys import chosen_keys
from placekeeper.runtime.connectors.base import Commit
from placekeeper.runtime.connectors.key_pending import KeyPending
from placekeeper.runtime.scan.database_choice import ChosenRows, Taking
from placekeeper.runtime.scan.database_rows import Spool, without_ids


class MemoryLedger:
    """Keeps segments in memory."""

    def __init__(self) -> None:
        self._segments: dict[str, list[pa.RecordBatch]] = {}

    def write(self, key: str, rows: Iterable[pa.RecordBatch], *, versions: VersionRanges = ()) -> SegmentRef:
        batches = list(rows)
        self._segments[key] = batches
        count = sum(batch.num_rows for batch in batches)
        return SegmentRef(key=key, rows=count, size=0, digest="", versions=versions)

    def rows(self, segments: Sequence[SegmentRef]) -> Iterator[pa.RecordBatch]:
        for segment in segments:
            yield from self._segments[segment.key]


def _nothing() -> None:
    """Nothing happens."""


@dataclass
class Runs:
    """The runs of one job over one table; `element` is what the bookmark remembers."""

    database: Database
    table: DatabaseTable = field(default_factory=lambda: DatabaseTable("", "t"))
    look_back: LookBack = field(default_factory=LookBack)
    reading: ReadingPolicy = field(default_factory=ReadingPolicy)
    keys: tuple[str, ...] = ()
    descending: bool = False
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    element: KeyElement | None = None
    now_ms: int = 0
    number: int = 0
    notes: tuple[str, ...] = ()

    def run(
        self, *, commits: bool = True, meanwhile: Callable[[], object] = _nothing
    ) -> list[dict[str, Any]]:
        """The rows that a run reads; `meanwhile` happens before its tasks read."""
        self.number += 1
        with self.database.session() as session, ExitStack() as stack:
            shape = session.shape(self.table)
            keys = chosen_keys(shape, self.keys, descending=self.descending, policy=self.reading.policy)
            source = DatabaseSource(
                connection_type="memory",
                place="memory:m",
                relation=shape.table,
                keys=keys,
                look_back=self.look_back,
                reading=self.reading,
            )
            looker = Looker(session, shape, source, self.element)
            identified = known_identities(self.ledger, self.element)
            news = looker.news(identified)
            spool = Spool(session.schema(looker.rows()), None)
            stack.callback(spool.close)
            chosen = Taking(session, 2).new(
                source,
                looker,
                news,
                identified,
                spool=spool,
                now_ms=self.now_ms,
            )
            self.notes = chosen.notes
            meanwhile()
            rows = list(self._rows(chosen))
            if commits:
                pending = KeyPending(chosen=chosen, news=news, moment=session.moment, schema="")
                self.element = pending.element("ctx", self.element, self._commit())
        if meanwhile is _nothing and (session.moment.snapshot or not chosen.deep):
            assert chosen.objects_read == len(rows)
        return rows

    def _commit(self) -> Commit:
        return Commit(
            ledger=self.ledger,
            run_id=f"jr_{self.number}",
            run=self.number,
            version=self.number * 2,
            derived={},
        )

    def _rows(self, chosen: ChosenRows) -> Iterator[dict[str, Any]]:
        for deep in chosen.deep:
            for batch in self.database.read(deep.rows, deep.snapshot):
                yield from without_ids(batch, deep.rows, deep.missing).to_pylist()
        if chosen.kept is not None:
            for part in chosen.kept.parts():
                for batch in pa.ipc.open_stream(part.stream):
                    yield from batch.to_pylist()
