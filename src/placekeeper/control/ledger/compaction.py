"""The merge of the ledger's segments: data first, then one row that records it. No state is changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from placekeeper.control.jobs.start import Randomness
from placekeeper.model.bookmark import source_elements
from placekeeper.model.errors import KeyMissing, SegmentCorrupt, StateUnfit
from placekeeper.model.segments import Merge, SegmentRef, VersionRanges
from placekeeper.ports.clock import Clock
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.store import Store
from placekeeper.rules.ledger.compaction import window
from placekeeper.rules.ledger.retention import Thinning
from placekeeper.rules.ledger.version_ranges import united

_RANDOM_BYTES = 16


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one pass: how many segments became how many, and why some could not be merged."""

    segments: int = 0
    into: int = 0
    troubles: tuple[str, ...] = ()


class _Task(Struct, frozen=True):
    """Neighbouring segments of one context of one bookmark, to be merged."""

    bookmark_id: int
    number: int
    context: str
    parts: Sequence[SegmentRef]
    versions: VersionRanges
    horizon: int


@dataclass
class Compaction:
    """Merges segments of live bookmarks. Several processes may do so at the same time: one of them wins.

    `checkpoint` is called between the steps; tests kill the process there.
    """

    store: Store
    clock: Clock
    ledger: Ledger
    random_hex: Randomness
    checkpoint: Callable[[str], None]
    retention_ms: int
    _looked_at: dict[int, int] = field(default_factory=dict)

    def merge(self, *, only: str | None = None, most_rows: int | None = None) -> Merged:
        """Merge what is due in bookmarks that changed since the last pass, or in the bookmark `only`.

        Merges of more than `most_rows` rows are left to a process with more time.
        """
        with self.store.read() as tx:
            newest = tx.bookmarks.newest_versions()
            named = None if only is None else tx.bookmarks.live_id(only)
        segments, into, troubles = 0, 0, []
        for bookmark_id, version in newest.items():
            if self._looked_at.get(bookmark_id) == version or (only is not None and bookmark_id != named):
                continue
            try:
                while (task := self._due(bookmark_id, most_rows)) is not None and self._merge(task):
                    segments, into = segments + len(task.parts), into + 1
            except (KeyMissing, SegmentCorrupt, StateUnfit, OSError) as error:
                troubles.append(str(error))
            self._looked_at[bookmark_id] = version
        return Merged(segments=segments, into=into, troubles=tuple(troubles))

    def _due(self, bookmark_id: int, most_rows: int | None) -> _Task | None:
        with self.store.read() as tx:
            newest = tx.bookmarks.newest(bookmark_id)
            if newest is None:
                return None
            state = tx.bookmarks.state(bookmark_id, newest.state_version)
            for context, element in source_elements(state).items():
                dated = [segment for segment in element.segments if segment.versions]
                due = window([segment.rows for segment in dated])
                if due is None:
                    continue
                parts = dated[due]
                if most_rows is not None and sum(part.rows for part in parts) > most_rows:
                    continue
                spans = [span for part in parts for span in part.versions]
                between = min(spans)[0], max(last for _, last in spans)
                others = [*dated[: due.start], *dated[due.stop :]]
                apart = [(turn, turn) for turn in tx.bookmarks.turns(bookmark_id, between)]
                return _Task(
                    bookmark_id=bookmark_id,
                    number=tx.merges.count(bookmark_id) + 1,
                    context=context,
                    parts=parts,
                    versions=united(
                        spans, apart=[*apart, *(span for other in others for span in other.versions)]
                    ),
                    horizon=tx.bookmarks.newest_before(bookmark_id, self.clock.now_ms() - self.retention_ms),
                )
        return None

    def _merge(self, task: _Task) -> bool:
        """Merge one window. False if another process was faster: the written segment is garbage then."""
        thinning = Thinning(task.horizon)
        key = self.ledger.key_of(task.parts)
        written = self.ledger.sealed_with(key).write(
            f"merged/{self.random_hex(_RANDOM_BYTES)}.parquet",
            self.ledger.merged(task.parts, thinning),
            versions=task.versions,
        )
        self.checkpoint("merge.written")
        whole_from = max(thinning.whole_from, *(part.whole_from for part in task.parts))
        merge = Merge(context=task.context, segment=msgspec.structs.replace(written, whole_from=whole_from))
        with self.store.write() as tx:
            recorded = tx.merges.append(
                task.bookmark_id, task.number, merge, now_ms=self.clock.now_ms(), key=key
            )
        self.checkpoint("merge.recorded")
        return recorded
