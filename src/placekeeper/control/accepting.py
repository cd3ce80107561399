"""What of a state is lost, and going on without it: what is lost is read again, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.control.publications import Publications
from placekeeper.control.security_configurations import bookmark_key
from placekeeper.control.wholeness import ID_BYTES, Wholeness, segments_in_force
from placekeeper.engine import aws_string, versions
from placekeeper.engine.merging import merge_sorted
from placekeeper.engine.wholeness import Finding, lost_segments
from placekeeper.model.bookmark import BookmarkState, SegmentRef
from placekeeper.model.objects import LEDGER_FACTS
from placekeeper.model.record import RecordHead
from placekeeper.ports.clock import Clock
from placekeeper.ports.keys import Keys

MOST_NAMED = 20
"""Objects of a bookmark that are named; all are counted."""

_SAME = [name for name in LEDGER_FACTS if name not in ("run_id", "bookmark_version", "reason")]


class BookmarkStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One live bookmark: its newest version here and in the record (opens apart), and its ledger."""

    name: str
    version: int
    recorded: int | None
    segments: int
    rows: int
    lost_segments: int
    lost_rows: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A state, looked through."""

    state_id: str | None
    bookmarks: Sequence[BookmarkStanding]
    unknown_runs: Sequence[str]
    findings: Sequence[Finding]


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """What would be read again of a bookmark, `None` where nothing tells which.

    That is the `objects` that segments of unknown runs have and its ledger has not, the first of them in
    `paths`, and `lost_rows`, those of lost segments.
    """

    bookmark: str | None
    objects: int = 0
    paths: Sequence[str] = ()
    lost_rows: int = 0


@dataclass(frozen=True)
class Accepting:
    """Looks through a state that is not whole, and makes what is there the truth."""

    wholeness: Wholeness
    publications: Publications
    clock: Clock
    keys: Keys

    def standing(self, *, digests: bool = False) -> Standing:
        """How the state stands; with `digests`, every segment in force is read through."""
        look = self.wholeness.look()
        recorded = {} if look.recorded is None else look.recorded.newest
        found, bookmarks = list(look.found), []
        for bookmark_id, name in self._live().items():
            with self.wholeness.store.read() as tx:
                newest = tx.record.newest(bookmark_id)
                segments = segments_in_force(tx, bookmark_id)
            lost = self.wholeness.ledger.lacking(segments, digests=digests)
            if lost:
                found.append(lost_segments(name, lost))
            note = recorded.get(bookmark_id)
            bookmarks.append(
                BookmarkStanding(
                    name=name,
                    version=0 if newest is None else newest.version or 0,
                    recorded=None if note is None else note.version,
                    segments=len(segments),
                    rows=sum(segment.rows for segment in segments),
                    lost_segments=len(lost),
                    lost_rows=sum(segment.rows for segment in lost),
                )
            )
        return Standing(
            state_id=look.known.state_id,
            bookmarks=bookmarks,
            unknown_runs=sorted(look.unknown_runs),
            findings=found,
        )

    def unread(self) -> Sequence[Unread]:
        """What runs would read again if the state were accepted as it is, by bookmark.

        Raises KeyMissing for an encrypted segment whose key is not configured.
        """
        live = {name: bookmark_id for bookmark_id, name in self._live().items()}
        found = []
        strays = self._strays()
        for name in sorted({*strays, *live}, key=lambda name: name or ""):
            with self.wholeness.store.read() as tx:
                segments = segments_in_force(tx, live[name]) if name in live else []
            lost = self.wholeness.ledger.lacking(segments, digests=True)
            kept = [segment for segment in segments if segment not in lost]
            count, paths = self._missing(strays.get(name, ()), kept)
            rows = sum(segment.rows for segment in lost)
            if count or rows:
                found.append(Unread(bookmark=name, objects=count, paths=paths, lost_rows=rows))
        return found

    def accept(self) -> None:
        """Make what is there the truth: a new id for database and record, lost segments taken out of states.

        Done again, it goes on where it was killed: until the end, the state is refused.
        """
        whole = self.wholeness
        look = whole.look()
        aside = () if look.recorded is None else look.recorded.head.set_aside
        with whole.store.read() as tx:
            notes = tx.record.notes()
        state_id = whole.random_hex(ID_BYTES)
        set_aside = tuple(sorted({*aside, *look.unknown_runs}))
        whole.record.replace(RecordHead(state_id=state_id, set_aside=set_aside), notes)
        for bookmark_id, name in self._live().items():
            self._without_lost(bookmark_id, name)
        with whole.store.write() as tx:
            tx.record.identify(state_id)

    def _live(self) -> Mapping[int, str]:
        with self.wholeness.store.read() as tx:
            return tx.record.live()

    def _strays(self) -> Mapping[str | None, Sequence[tuple[str, frozenset[str]]]]:
        """Segments that no version points at, with those of their runs that are unknown, by bookmark."""
        whole = self.wholeness
        look = whole.look()
        names = {} if look.recorded is None else look.recorded.names
        aside = frozenset(() if look.recorded is None else look.recorded.head.set_aside)
        with whole.store.read() as tx:
            referenced = tx.bookmarks.segment_keys(dropped_before_ms=0)
        found: dict[str | None, list[tuple[str, frozenset[str]]]] = {}
        for key in sorted(whole.ledger.keys_there() - referenced):
            runs = frozenset(
                run for rows in whole.ledger.stray_rows(key) for run in pc.unique(rows["run_id"]).to_pylist()
            )
            with whole.store.read() as tx:
                unknown = runs - tx.record.known(None, runs).runs - aside
            if unknown:
                name = next((names[run] for run in sorted(unknown) if run in names), None)
                found.setdefault(name, []).append((key, unknown))
        return found

    def _missing(
        self, strays: Iterable[tuple[str, frozenset[str]]], segments: Sequence[SegmentRef]
    ) -> tuple[int, Sequence[str]]:
        """How many objects strays have that the ledger has not, and the first of them."""
        streams = [self._of_runs(key, runs) for key, runs in strays]
        known = _facts(self.wholeness.ledger.rows(segments))
        there = next(known, None)
        count, paths = 0, []
        for facts in _facts(merge_sorted(streams, newest_by="bookmark_version")):
            while there is not None and there[0] < facts[0]:
                there = next(known, None)
            if there != facts:
                count += 1
                if count <= MOST_NAMED:
                    paths.append(facts[0])
        return count, paths

    def _of_runs(self, key: str, runs: frozenset[str]) -> Iterator[pa.RecordBatch]:
        wanted = pa.array(sorted(runs))
        last = None
        for rows in self.wholeness.ledger.stray_rows(key):
            ours = rows.filter(pc.is_in(rows["run_id"].cast(pa.string()), value_set=wanted))
            paths = ours["path"].to_pylist()
            # Newest first of each path, in merged segments: the others do not count.
            first = [path != before for before, path in zip([last, *paths], paths, strict=False)]
            last = paths[-1] if paths else last
            yield ours.filter(pa.array(first, pa.bool_()))

    def _without_lost(self, bookmark_id: int, name: str) -> None:
        """Append a version whose state has an empty segment in the place of each that is lost.

        Two versions: a merge from before may stand for what the version before it stored.
        """
        whole = self.wholeness
        with whole.store.read() as tx:
            lost = whole.ledger.lacking(segments_in_force(tx, bookmark_id), digests=True)
        if not lost:
            return
        empty = {
            segment.key: whole.ledger.write(
                f"accepted/{whole.random_hex(ID_BYTES)}.parquet", (), versions=segment.versions
            )
            for segment in lost
        }
        with self.publications.settled(bookmark_id) as tx:
            newest = tx.bookmarks.newest(bookmark_id)
            assert newest is not None  # noqa: S101 - a version has the segments
            now_ms = self.clock.now_ms()
            state = _replaced(tx.bookmarks.state(bookmark_id, newest.state_version), empty)
            before = versions.accepted(newest, now_ms=now_ms, with_state=False)
            tx.bookmarks.append(bookmark_id, before)
            job = tx.jobs.get(name)
            tx.bookmarks.append(
                bookmark_id,
                versions.accepted(before, now_ms=now_ms, with_state=True),
                state=state,
                job_bookmark=aws_string.encode(state),
                key=None if job is None else bookmark_key(tx, job.spec, self.keys),
            )


def _replaced(state: BookmarkState, empty: Mapping[str, SegmentRef]) -> BookmarkState:
    def there(segment: SegmentRef) -> SegmentRef:
        if segment.key not in empty:
            return segment
        return msgspec.structs.replace(empty[segment.key], versions=segment.versions)

    return {
        context: msgspec.structs.replace(element, segments=tuple(map(there, element.segments)))
        for context, element in state.items()
    }


def _facts(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[Any, ...]]:
    """Path and what decides whether an object is the same, row by row."""
    for rows in batches:
        columns = [rows[name].to_pylist() for name in ("path", *_SAME)]
        yield from zip(*columns, strict=True)
