"""The collection of garbage: staged files of dead runs, and segments that merges made superfluous.

Source: docs/reference/stores.md#garbage.
"""

from contextlib import suppress

from placekeeper.model.errors import KeyMissing, ListingFailed
from placekeeper.model.jobs import OPEN_STATES
from placekeeper.ports.clock import Clock
from placekeeper.ports.last_tidied import LastTidied
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Staging
from placekeeper.ports.store import Store
from placekeeper.rules.ledger.compaction import reached, superfluous


class Housekeeping:
    """Removes garbage after a grace period, so that it takes nothing that a living run still needs."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ledger: Ledger,
        staging: Staging,
        last_tidied: LastTidied,
        *,
        grace_ms: int,
        retention_ms: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ledger = ledger
        self._staging = staging
        self._last_tidied = last_tidied
        self._grace_ms = grace_ms
        self._retention_ms = retention_ms
        self._looked_at: dict[int, tuple[int, frozenset[int]]] = {}

    @property
    def tidied_ms(self) -> int | None:
        """When garbage was last looked for, by whoever did."""
        return self._last_tidied.read_ms()

    def tidy(self) -> tuple[int, int]:
        """Remove garbage, but at most once per grace period, because it reads the whole history.

        Returns how many staged files and how many segments were removed.
        """
        tidied_ms = self.tidied_ms
        if tidied_ms is not None and self._clock.now_ms() - tidied_ms < self._grace_ms:
            return 0, 0
        self._last_tidied.record()
        return self.collect()

    def collect(self) -> tuple[int, int]:
        """Remove garbage now; returns how many staged files and how many segments were removed."""
        return self._collect_staging(), self._collect_segments()

    def _collect_staging(self) -> int:
        before_ms = self._clock.now_ms() - self._grace_ms
        with self._store.read() as tx:
            unsettled = {publication.run_id for publication in tx.publications.unsettled()}
            dead = [
                (run.id, tx.runs.staging_of(run.id))
                for run in tx.runs.with_staging()
                if run.state.is_final and run.id not in unsettled and (run.completed_ms or 0) <= before_ms
            ]
        removed = 0
        for run_id, targets in dead:
            for target in targets:
                with suppress(ListingFailed, OSError):  # the store does not answer: tried again later
                    removed += self._staging.sweep(target, run_id=run_id)
                    with self._store.write() as tx:
                        tx.runs.drop_staging(run_id, target)
        return removed

    def _collect_segments(self) -> int:
        with self._store.read() as tx:
            began_ms = [run.started_ms for run in tx.runs.in_states(OPEN_STATES)]
        now_ms = self._clock.now_ms()
        # A run in progress may still read what it saw when it opened its bookmark, however long ago.
        # Clocks of several machines differ by less than the grace period.
        merged_before_ms = min([now_ms, *began_ms]) - self._grace_ms
        # It may also have written segments that it has not committed yet.
        older_than_ms = min([now_ms - self._grace_ms, *began_ms])
        try:
            self._drop_segments(
                merged_before_ms=merged_before_ms, since_ms=min(now_ms - self._retention_ms, merged_before_ms)
            )
            with self._store.read() as tx:
                # A run that opened a state before its segments were dropped still reads them.
                referenced = tx.bookmarks.segment_keys(dropped_before_ms=merged_before_ms)
        except KeyMissing:  # garbage cannot be told from the rest: all segments stay until the key is back
            return 0
        return len(self._ledger.collect(referenced, older_than_ms=older_than_ms))

    def _drop_segments(self, *, merged_before_ms: int, since_ms: int) -> None:
        """Drop segments that no state in force since `since_ms` needs, in deleted bookmarks too.

        A merge counts once every run in progress began after it.
        """
        with self._store.read() as tx:
            deleted_ms = tx.bookmarks.all()
        for bookmark_id in deleted_ms:
            with self._store.read() as tx:
                history = tx.bookmarks.history(bookmark_id)
                merges = tx.merges.of(bookmark_id)
                settled = [row.merge for row in merges if row.created_ms < merged_before_ms]
                going_to = reached(history, since_ms, deleted_ms=deleted_ms[bookmark_id])
                left = frozenset(v.version for v in history if v.state_version == v.version) - going_to
                if self._looked_at.get(bookmark_id, (0, frozenset())) == (len(settled), left):
                    continue
                keys = superfluous(
                    tx.bookmarks.stored_states(bookmark_id),
                    settled,
                    [row.merge for row in merges[len(settled) :]],
                    going_to,
                )
                keys -= tx.merges.dropped(keys)
            with self._store.write() as tx:
                if tx.bookmarks.newest(bookmark_id) != history[0]:
                    continue  # perhaps a rewind to what was about to be dropped: tried again later
                tx.merges.drop(keys, now_ms=self._clock.now_ms())
            self._looked_at[bookmark_id] = len(settled), left
