"""Collecting what dead runs left: staged files and segments that nothing points at (design §3)."""

from contextlib import suppress

from placekeeper.model.errors import KeyMissing, ListingFailed
from placekeeper.model.jobs import OPEN_STATES
from placekeeper.ports.clock import Clock
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Staging
from placekeeper.ports.store import Store

DEFAULT_GRACE_MS = 3_600_000


class Housekeeping:
    """Removes garbage after a grace period, so that nothing a living run still needs is taken."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ledger: Ledger,
        staging: Staging,
        *,
        grace_ms: int = DEFAULT_GRACE_MS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ledger = ledger
        self._staging = staging
        self._grace_ms = grace_ms

    def collect(self) -> tuple[int, int]:
        """How many staged files and how many segments were removed."""
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
                with suppress(ListingFailed, OSError):  # the store does not answer now: looked at again later
                    removed += self._staging.sweep(target, run_id=run_id)
                    with self._store.write() as tx:
                        tx.runs.drop_staging(run_id, target)
        return removed

    def _collect_segments(self) -> int:
        with self._store.read() as tx:
            try:
                referenced = tx.bookmarks.segment_keys()
            except KeyMissing:  # nobody can say what is garbage: all segments stay until the key is back
                return 0
            began_ms = [run.started_ms for run in tx.runs.in_states(OPEN_STATES)]
        # A run that goes on may have written its segments and not committed them yet, for however long.
        older_than_ms = min([self._clock.now_ms() - self._grace_ms, *began_ms])
        return len(self._ledger.collect(referenced, older_than_ms=older_than_ms))
