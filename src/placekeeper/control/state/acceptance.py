"""The acceptance of a state that is not whole: runs go on, and read only the lost parts again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from placekeeper.control.publications import Publications
from placekeeper.control.security_configurations import bookmark_key
from placekeeper.control.state.wholeness import ID_BYTES, Wholeness, segments_in_force
from placekeeper.model.bookmark import BookmarkState, Change, segments_of, source_elements, with_segments
from placekeeper.model.element import KeyElement
from placekeeper.model.errors import SegmentCorrupt
from placekeeper.model.objects import LEDGER_FACTS
from placekeeper.model.record import RecordHead
from placekeeper.model.segments import SegmentRef
from placekeeper.ports.clock import Clock
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks import aws_string, versions
from placekeeper.rules.ledger.version_ranges import contain
from placekeeper.rules.sorted_streams import merge_sorted
from placekeeper.rules.wholeness import Finding, lost_segments

MOST_NAMED = 20
"""The most objects of a bookmark that are named; all are counted."""

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
    """The state as it was found."""

    state_id: str | None
    bookmarks: Sequence[BookmarkStanding]
    unknown_runs: Sequence[str]
    findings: Sequence[Finding]


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """What would be read again of a bookmark (None: the bookmark is unknown).

    `objects` counts the objects that only segments of unknown runs have; `paths` names the first of them.
    `lost_rows` counts the rows of lost segments that no other segment has. `unreadable` are damaged segments
    that no version points at; their content is unknown.
    """

    bookmark: str | None
    objects: int = 0
    paths: Sequence[str] = ()
    lost_rows: int = 0
    unreadable: Sequence[str] = ()


class Acceptance(Struct, frozen=True):
    """Inspects a state that is not whole, and accepts it as it is."""

    wholeness: Wholeness
    publications: Publications
    clock: Clock
    keys: Keys

    def standing(self, *, digests: bool = False) -> Standing:
        """Inspect the state; with `digests`, every segment in force is read and its digest checked."""
        inspection = self.wholeness.inspect()
        recorded = {} if inspection.recorded is None else inspection.recorded.newest
        found, bookmarks = list(inspection.found), []
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
            state_id=inspection.known.state_id,
            bookmarks=bookmarks,
            unknown_runs=sorted(inspection.unknown_runs),
            findings=found,
        )

    def unread(self) -> Sequence[Unread]:
        """What runs would read again if the state were accepted as it is, by bookmark.

        Raises KeyMissing for an encrypted segment whose key is not configured.
        """
        live = {name: bookmark_id for bookmark_id, name in self._live().items()}
        keys, unreadable = self._unreferenced()
        strays = self._strays(keys)
        found = [Unread(bookmark=None, unreadable=unreadable)] if unreadable else []
        for name in sorted({*strays, *live}, key=lambda name: name or ""):
            segments: Sequence[SegmentRef] = ()
            again: Mapping[str, Iterator[pa.RecordBatch]] = {}
            if name is not None and name in live:
                with self.wholeness.store.read() as tx:
                    segments = segments_in_force(tx, live[name])
                again = self._found_again(live[name], keys)
            kept = [segment for segment in segments if segment.key not in again]
            count, paths = self._missing(strays.get(name, ()), kept)
            there = sum(rows.num_rows for batches in again.values() for rows in batches)
            lost = sum(segment.rows for segment in segments if segment.key in again)
            if count or lost > there:
                found.append(Unread(bookmark=name, objects=count, paths=paths, lost_rows=lost - there))
        return found

    def accept(self) -> None:
        """Accept the state: give database and record a new id, and take lost segments out of states.

        After a crash, a second call goes on where the first stopped. Until the end, the state is refused.
        """
        whole = self.wholeness
        inspection = whole.inspect()
        aside = () if inspection.recorded is None else inspection.recorded.head.set_aside
        with whole.store.read() as tx:
            notes = tx.record.notes()
        state_id = whole.random_hex(ID_BYTES)
        set_aside = tuple(sorted({*aside, *inspection.unknown_runs}))
        whole.record.replace(RecordHead(state_id=state_id, set_aside=set_aside), notes)
        keys, _ = self._unreferenced()
        for bookmark_id, name in self._live().items():
            self._without_lost(bookmark_id, name, keys)
        with whole.store.write() as tx:
            tx.record.identify(state_id)

    def _live(self) -> Mapping[int, str]:
        with self.wholeness.store.read() as tx:
            return tx.record.live()

    def _unreferenced(self) -> tuple[Mapping[str, frozenset[str]], Sequence[str]]:
        """The segments that no version points at, with the runs of their rows; and the damaged ones."""
        whole = self.wholeness
        with whole.store.read() as tx:
            referenced = tx.bookmarks.segment_keys(dropped_before_ms=0)
        found, damaged = {}, []
        for key in sorted(whole.ledger.keys_there() - referenced):
            try:
                batches = whole.ledger.stray_rows(key)
                found[key] = frozenset(r for rows in batches for r in pc.unique(rows["run_id"]).to_pylist())
            except SegmentCorrupt:
                damaged.append(key)
        return found, damaged

    def _found_again(
        self, bookmark_id: int, keys: Mapping[str, frozenset[str]]
    ) -> Mapping[str, Iterator[pa.RecordBatch]]:
        """The rows of each lost segment of a bookmark that survive in segments to which no version points.

        After a merge the merged segments are deleted, while an older database still points at them. Rows do
        not name their context, so this works for bookmarks with one context; for others all rows are lost.
        """
        whole = self.wholeness
        with whole.store.read() as tx:
            newest = tx.bookmarks.newest(bookmark_id)
            state = {} if newest is None else tx.bookmarks.state(bookmark_id, newest.state_version)
            is_alone = len(source_elements(state)) == 1 and not _has_keys(state)
            history = tx.bookmarks.history(bookmark_id) if is_alone else ()
        segments = segments_of(state)
        commits = {v.version: v.run_id for v in history if v.change is Change.COMMIT}
        found = {}
        for segment in whole.ledger.lacking(segments, digests=True):
            runs = frozenset(
                run for v, run in commits.items() if run and contain(segment.versions, ((v, v),))
            )
            streams = [self._of_runs(key, runs) for key, there in keys.items() if there & runs]
            found[segment.key] = merge_sorted(streams, newest_by="bookmark_version")
        return found

    def _strays(
        self, keys: Mapping[str, frozenset[str]]
    ) -> Mapping[str | None, Sequence[tuple[str, frozenset[str]]]]:
        """The segments with rows of unknown runs, and these runs, by bookmark."""
        whole = self.wholeness
        inspection = whole.inspect()
        names = {} if inspection.recorded is None else inspection.recorded.names
        aside = frozenset(() if inspection.recorded is None else inspection.recorded.head.set_aside)
        found: dict[str | None, list[tuple[str, frozenset[str]]]] = {}
        for key, runs in keys.items():
            with whole.store.read() as tx:
                unknown = runs - tx.record.known(None, runs).runs - aside
            if unknown:
                name = next((names[run] for run in sorted(unknown) if run in names), None)
                found.setdefault(name, []).append((key, unknown))
        return found

    def _missing(
        self, strays: Iterable[tuple[str, frozenset[str]]], segments: Sequence[SegmentRef]
    ) -> tuple[int, Sequence[str]]:
        """How many objects only `strays` have and not the ledger, and the first of them."""
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
            # In merged segments the newest row of a path comes first; the others do not count.
            first = [path != before for before, path in zip([last, *paths], paths, strict=False)]
            last = paths[-1] if paths else last
            yield ours.filter(pa.array(first, pa.bool_()))

    def _without_lost(self, bookmark_id: int, name: str, keys: Mapping[str, frozenset[str]]) -> None:
        """Append versions whose state has, in the place of each lost segment, one with the rows that survive
        (mostly none).

        It takes two versions, because an older merge may still replace what the version before it stored.
        """
        whole = self.wholeness
        again = self._found_again(bookmark_id, keys)
        if not again:
            return
        with whole.store.read() as tx:
            job = tx.jobs.get(name)
            key = None if job is None else bookmark_key(tx, job.spec, self.keys)
        ledger = whole.ledger.sealed_with(key)
        others = {
            lost: ledger.write(f"accepted/{whole.random_hex(ID_BYTES)}.parquet", rows)
            for lost, rows in again.items()
        }
        with self.publications.settled(bookmark_id) as tx:
            newest = tx.bookmarks.newest(bookmark_id)
            assert newest is not None  # noqa: S101 - a version has the segments
            now_ms = self.clock.now_ms()
            state = _replaced(tx.bookmarks.state(bookmark_id, newest.state_version), others)
            before = versions.accepted(newest, now_ms=now_ms, with_state=False)
            tx.bookmarks.append(bookmark_id, before)
            tx.bookmarks.append(
                bookmark_id,
                versions.accepted(before, now_ms=now_ms, with_state=True),
                state=state,
                job_bookmark=aws_string.encode(state),
                key=key,
            )


def _has_keys(state: BookmarkState) -> bool:
    """Whether identities of rows may be in the ledger: each commit replaces them, and no merge does."""
    return any(isinstance(element, KeyElement) for element in state.values())


def _replaced(state: BookmarkState, others: Mapping[str, SegmentRef]) -> BookmarkState:
    def there(segment: SegmentRef) -> SegmentRef:
        if segment.key not in others:
            return segment
        return msgspec.structs.replace(others[segment.key], versions=segment.versions)

    return with_segments(state, lambda _, segments: tuple(map(there, segments)))


def _facts(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[Any, ...]]:
    """The path and the facts that identify an object, row by row."""
    for rows in batches:
        columns = [rows[name].to_pylist() for name in ("path", *_SAME)]
        yield from zip(*columns, strict=True)
