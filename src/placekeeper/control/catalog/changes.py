"""Changes of the catalog by runs, as effects: a table made or widened, partitions added.

A run publishes them through the server, and the server itself when it settles what a run has left. Until
the publication is decided for good, a table or a partition remembers which changes need it, and what was
there before. The last of these changes to be taken back restores that. A change by the API settles it: then
nothing is taken back.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from placekeeper.control.catalog.spellings import partitions_at
from placekeeper.control.fence import check_going_on
from placekeeper.model.catalog import ChangeState, Table, TablePartition, Undecided
from placekeeper.model.errors import PublishFailed
from placekeeper.model.jobs import JobRun
from placekeeper.model.publication import CatalogEffect, NewPartition, PartitionsAdded, TableChange
from placekeeper.ports.clock import Clock
from placekeeper.ports.objects import Objects
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.catalog.partition_places import not_seen, other_place
from placekeeper.rules.catalog.schema_changes import (
    changed_table,
    check_layout,
    columns_of,
    fitted_partition,
    partition_spec,
    table_input,
)
from placekeeper.rules.catalog.undecided import after_change, without
from placekeeper.rules.tags import resource_in_database

PIECE = 1000
"""How many partitions one transaction adds, so that other writers need not wait for long."""


class TableChanges:
    """Makes tables and changes their columns. Implements ports.effects.EffectKind."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def publish(self, effect: TableChange, run: JobRun | None = None) -> None:
        """Make the table, or change its columns; `run` is the one that asks for it.

        Raises PublishFailed if the database is gone, if the table is another one meanwhile, or if the change
        was taken back; AccessDeniedException if the run has ended.
        """
        with self._store.write() as tx:
            if not _may_be_made(tx, effect, run, self._clock):
                return
            known = tx.tables.get(effect.database, effect.table)
            if known is None:
                self._make(tx, effect)
                return
            by = tx.runs.get(effect.run_id) if effect.run_id else None
            spec = changed_table(known.spec, effect.made, effect.change, by)
            if effect.by_position:
                check_layout(columns_of(spec), effect.made.columns, _name(effect))
            open_ids = _open_ids(tx, [known.undecided])
            undecided = after_change(
                known.undecided, open_ids, effect, known.spec, changed=spec != known.spec
            )
            self._replace(tx, known, spec, undecided)

    def take_back(self, effect: TableChange) -> None:
        """Delete the table if the change has made it and nobody else needs it, or restore its columns."""
        with self._store.write() as tx:
            if not tx.catalog_changes.take_back(effect.id, now_ms=self._clock.now_ms()):
                return
            known = tx.tables.get(effect.database, effect.table)
            if known is None or known.undecided is None or effect.id not in known.undecided.needed_by:
                return
            left = without(known.undecided, effect.id)
            if left is not None:
                self._replace(tx, known, known.spec, left)
            elif known.undecided.before is not None:
                self._replace(tx, known, known.undecided.before, None)
            elif tx.partitions.page(known, after=None, limit=1).items:
                self._replace(tx, known, known.spec, None)  # somebody has added a partition meanwhile
            else:
                tx.tables.delete(known.database, known.name)
                tx.tags.drop(resource_in_database("table", known.database, known.name))

    def _make(self, tx: Transaction, effect: TableChange) -> None:
        if tx.databases.get(effect.database) is None:
            raise PublishFailed(f"the database {effect.database} is gone. Create it again")
        now_ms = self._clock.now_ms()
        by = tx.runs.get(effect.run_id) if effect.run_id else None
        tx.tables.insert(
            Table(
                database=effect.database,
                name=effect.table,
                spec=table_input(effect.table, effect.made, by),
                created_ms=now_ms,
                modified_ms=now_ms,
                undecided=after_change(None, frozenset(), effect, None, changed=True),
            )
        )

    def _replace(
        self, tx: Transaction, known: Table, spec: dict[str, object], left: Undecided | None
    ) -> None:
        if spec == known.spec:
            if left != known.undecided:
                tx.tables.put_undecided(known, left)
            return
        changed = msgspec.structs.replace(
            known,
            spec=spec,
            modified_ms=self._clock.now_ms(),
            version=known.version + 1,
            undecided=left,
        )
        tx.table_versions.keep(known)
        tx.tables.replace(changed)


class PartitionChanges:
    """Adds the partitions of a write. Implements ports.effects.EffectKind."""

    def __init__(self, store: Store, clock: Clock, objects: Objects) -> None:
        self._store = store
        self._clock = clock
        self._objects = objects

    def publish(self, effect: PartitionsAdded, run: JobRun | None = None) -> None:
        """Add the partitions that the table does not have; `run` is the one that asks for it.

        Raises PublishFailed if the table is gone, if a partition is registered at another folder, if files by
        position do not fit it, or if the change was taken back; AccessDeniedException if the run has ended.
        """
        for piece in pieces(effect.partitions):
            with self._store.write() as tx:
                if not _may_be_made(tx, effect, run, self._clock):
                    return
                table = tx.tables.get(effect.database, effect.table)
                if table is None:
                    raise PublishFailed(f"the table {_name(effect)} is gone. Run again, which makes it anew")
                self._add(tx, table, piece, effect)

    def take_back(self, effect: PartitionsAdded) -> None:
        """Delete the partitions that the change has added and nobody else needs."""
        for piece in pieces(effect.partitions):
            with self._store.write() as tx:
                if not tx.catalog_changes.take_back(effect.id, now_ms=self._clock.now_ms()):
                    return
                table = tx.tables.get(effect.database, effect.table)
                if table is None:
                    continue
                for known in self._known(tx, table, piece).values():
                    _take_back(tx, table, known, effect.id)

    def _add(
        self, tx: Transaction, table: Table, piece: Sequence[NewPartition], effect: PartitionsAdded
    ) -> None:
        if any(len(partition.values) != len(table.partition_keys) for partition in piece):
            raise PublishFailed(f"the partition keys of the table {_name(effect)} have changed. Run again")
        known = self._known(tx, table, piece)
        there = list(known.values())
        for wanted in piece:
            self._check_place(known.get(wanted.values), wanted, _name(effect))
        open_ids = _open_ids(tx, [found.undecided for found in there])
        now_ms, columns = self._clock.now_ms(), columns_of(table.spec)
        new = [
            TablePartition(
                values=partition.values,
                spec=partition_spec(table.spec, partition.location),
                created_ms=now_ms,
                undecided=after_change(None, frozenset(), effect, None, changed=True),
            )
            for partition in piece
            if partition.values not in known
        ]
        tx.partitions.insert_all(table, new)
        for found in there:
            spec = fitted_partition(found, columns, _name(effect)) if effect.by_position else found.spec
            undecided = after_change(
                found.undecided, open_ids, effect, found.spec, changed=spec != found.spec
            )
            if spec != found.spec or undecided != found.undecided:
                changed = msgspec.structs.replace(found, spec=spec, undecided=undecided)
                tx.partitions.replace(table, found.values, changed)
        tx.partitions.touch(table, [found.values for found in there], now_ms=now_ms)

    def _known(
        self, tx: Transaction, table: Table, piece: Sequence[NewPartition]
    ) -> Mapping[tuple[str, ...], TablePartition]:
        wanted = {partition.values: partition.location for partition in piece}
        return partitions_at(tx, table, wanted, self._objects.literal)

    def _check_place(self, known: TablePartition | None, wanted: NewPartition, table: str) -> None:
        place = other_place(known.spec, wanted.location, self._objects.literal) if known else ""
        if place:
            raise PublishFailed(not_seen(table, wanted.values, place, wanted.location))


def pieces(partitions: Sequence[NewPartition]) -> Iterator[Sequence[NewPartition]]:
    """Partitions in pieces of what one transaction adds."""
    for begin in range(0, len(partitions), PIECE):
        yield partitions[begin : begin + PIECE]


def _take_back(tx: Transaction, table: Table, known: TablePartition, id: str) -> None:
    if known.undecided is None or id not in known.undecided.needed_by:
        return
    left = without(known.undecided, id)
    if left is None and known.undecided.before is None:
        tx.partitions.delete(table, known.values)
        return
    spec = known.spec if left is not None else known.undecided.before
    tx.partitions.replace(table, known.values, msgspec.structs.replace(known, spec=spec, undecided=left))


def _may_be_made(tx: Transaction, effect: CatalogEffect, run: JobRun | None, clock: Clock) -> bool:
    """Whether a change is still to be made, now or once more; False if it is there for good."""
    if run is not None:
        check_going_on(tx, run)
    if effect.at_once:
        return True
    state = tx.catalog_changes.make(effect.id, now_ms=clock.now_ms())
    if state is ChangeState.TAKEN_BACK:
        raise PublishFailed(f"the change of the table {_name(effect)} was taken back meanwhile")
    return state is ChangeState.MADE


def _open_ids(tx: Transaction, undecided: Sequence[Undecided | None]) -> frozenset[str]:
    """The changes that may still be taken back, of all that something is needed by."""
    return tx.catalog_changes.undecided({id for one in undecided if one for id in one.needed_by})


def _name(effect: CatalogEffect) -> str:
    return f"{effect.database}.{effect.table}"
