"""Partitions that go with their last file: a run purges a table, and nothing shows a partition without data.

A partition is dropped before its files are. Another run that adds it at the same time must not lose it. So
this change writes itself down in the partition, lists the folder, and drops the partition if nobody has come.
Whoever adds it after that writes itself down too, and whoever did so before has files in the listing.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from placekeeper.control.fence import check_going_on
from placekeeper.model.catalog import ChangeState, Table, TablePartition
from placekeeper.model.errors import FinishPending, ListingFailed, UnsupportedFeature
from placekeeper.model.jobs import JobRun
from placekeeper.model.objects import object_rows
from placekeeper.model.publication import EmptiedPartition, PartitionsDropped
from placekeeper.ports.clock import Clock
from placekeeper.ports.objects import Objects
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.catalog.emptied import digest_of, leaving
from placekeeper.rules.catalog.undecided import without
from placekeeper.rules.path_patterns import escaped

PIECE = 100
"""How many partitions one request looks at: each costs a listing."""


class PartitionDrops:
    """Drops partitions whose files a run deletes. Implements ports.effects.EffectKind."""

    def __init__(self, store: Store, clock: Clock, objects: Objects) -> None:
        self._store = store
        self._clock = clock
        self._objects = objects

    def publish(self, effect: PartitionsDropped, run: JobRun | None = None) -> None:
        """Drop the partitions in whose folders nothing is but what is deleted; the others stay.

        `run` is the one that asks for it. Raises ListingFailed, without one FinishPending, and
        AccessDeniedException if the run has ended.
        """
        for begin in range(0, len(effect.partitions), PIECE):
            piece = effect.partitions[begin : begin + PIECE]
            with self._store.write() as tx:
                if run is not None:
                    check_going_on(tx, run)
                if not effect.at_once:
                    state = tx.catalog_changes.make(effect.id, now_ms=self._clock.now_ms())
                    if state is not ChangeState.MADE:
                        return
                marked = self._mark(tx, effect, piece)
            try:
                empty = {one.values for one in marked if self._is_empty(one)}
            except ListingFailed as error:
                if run is not None:
                    raise
                raise FinishPending(
                    f"the partitions of {effect.table} could not be dropped: {error}"
                ) from error
            with self._store.write() as tx:
                self._drop(tx, effect, marked, empty)

    def take_back(self, effect: PartitionsDropped) -> None:
        """Let the partitions that are still there forget it: they go last, so none has gone."""
        with self._store.write() as tx:
            tx.catalog_changes.take_back(effect.id, now_ms=self._clock.now_ms())
            self._drop(tx, effect, effect.partitions, set())

    def _mark(
        self, tx: Transaction, effect: PartitionsDropped, piece: Sequence[EmptiedPartition]
    ) -> Sequence[EmptiedPartition]:
        """Write the change down in the partitions; those that are still there, at their places."""
        there = self._there(tx, effect, piece)
        needed = {id for _, known, _ in there if known.undecided for id in known.undecided.needed_by}
        open_ids = {effect.id, *tx.catalog_changes.undecided(needed)}
        for table, known, _ in there:
            mark = leaving(known.undecided, open_ids, effect.id, known.spec)
            tx.partitions.replace(table, known.values, replace(known, undecided=mark))
        return [wanted for _, _, wanted in there]

    def _drop(
        self,
        tx: Transaction,
        effect: PartitionsDropped,
        marked: Sequence[EmptiedPartition],
        empty: set[tuple[str, ...]],
    ) -> None:
        for table, known, _ in self._there(tx, effect, marked):
            if known.undecided is None or effect.id not in known.undecided.needed_by:
                continue  # somebody has changed it by the API
            left = without(known.undecided, effect.id)
            if left is None and known.values in empty:
                tx.partitions.delete(table, known.values)
            else:
                tx.partitions.replace(table, known.values, replace(known, undecided=left))

    def _there(
        self, tx: Transaction, effect: PartitionsDropped, wanted: Sequence[EmptiedPartition]
    ) -> Sequence[tuple[Table, TablePartition, EmptiedPartition]]:
        table = tx.tables.get(effect.database, effect.table)
        if table is None:
            return []
        by_values = {one.values: one for one in wanted}
        found = [(known, by_values[known.values]) for known in tx.partitions.among(table, [*by_values])]
        return [
            (table, known, one) for known, one in found if self._folder(known) == one.location.rstrip("/")
        ]

    def _folder(self, known: TablePartition) -> str:
        """Where a partition is now; empty where that is no place of ours."""
        location = str((known.spec.get("StorageDescriptor") or {}).get("Location") or "")
        try:
            return self._objects.literal(location).rstrip("/") if location else ""
        except UnsupportedFeature:
            return ""

    def _is_empty(self, partition: EmptiedPartition) -> bool:
        """Whether nothing else is in the folder than what is to be deleted."""
        batches = self._objects.listing([escaped(partition.location)], recurse=True, in_order=True)
        return digest_of(meta for batch in batches for meta in object_rows(batch)) == partition.digest
