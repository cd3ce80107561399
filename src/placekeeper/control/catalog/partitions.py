"""Partitions of catalog tables, one at a time or in batches whose items succeed or fail independently."""

import zlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from placekeeper.control.catalog.lookup import table_of
from placekeeper.control.catalog.tables import Spec
from placekeeper.model.catalog import Table, TablePartition
from placekeeper.model.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    GlueError,
    InvalidInputException,
)
from placekeeper.model.page import Page
from placekeeper.model.wording import counted
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.catalog.narrowing import narrowing_of
from placekeeper.rules.catalog.predicates import predicate_of

Failure = tuple[Sequence[str], GlueError]
"""The values of a partition, and the error that it caused."""

Segment = tuple[int, int]
"""The number of a segment of a listing, from 0, and the number of all segments."""

T = TypeVar("T")


class Partitions:
    """The use cases of partitions. Every method raises EntityNotFoundException for a missing table."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, database: str, table: str, spec: Spec) -> None:
        """Create a partition.

        Raises AlreadyExistsException, and InvalidInputException for values that do not match the keys.
        """
        with self._store.write() as tx:
            self._insert(tx, table_of(tx, database, table), spec)

    def create_many(self, database: str, table: str, specs: Sequence[Spec]) -> list[Failure]:
        """Create partitions; returns those that could not be created, and why.

        Raises InvalidInputException, and creates none, if one of them has too few values or too many.
        """
        failures: list[Failure] = []
        made: list[TablePartition] = []
        now_ms = self._clock.now_ms()
        with self._store.write() as tx:
            known = table_of(tx, database, table)
            wanted = [_made(known, spec, created_ms=now_ms) for spec in specs]
            taken = {found.values for found in tx.partitions.among(known, [each.values for each in wanted])}
            for partition in wanted:
                if partition.values in taken:
                    failures.append((partition.values, AlreadyExistsException("Partition already exists.")))
                else:
                    made.append(partition)
                    taken.add(partition.values)
            tx.partitions.insert_all(known, made)
        return failures

    def get(self, database: str, table: str, values: Sequence[str]) -> TablePartition:
        """The partition of these values. Raises EntityNotFoundException for a missing partition, too."""
        with self._store.read() as tx:
            return partition_of(tx, table_of(tx, database, table), values)

    def get_many(
        self, database: str, table: str, wanted: Sequence[Sequence[str]]
    ) -> Sequence[TablePartition]:
        """The partitions that exist among `wanted`, in that order."""
        with self._store.read() as tx:
            known = table_of(tx, database, table)
            found = [tx.partitions.get(known, values) for values in wanted]
        return [partition for partition in found if partition is not None]

    def page(
        self,
        database: str,
        table: str,
        *,
        predicate: str,
        segment: Segment | None,
        after: int | None,
        limit: int,
    ) -> Page[TablePartition]:
        """Partitions in the order of creation, those after the ordinal `after` for which `predicate` is true.

        Raises InvalidInputException for a predicate that is not understood.
        """
        with self._store.read() as tx:
            known = table_of(tx, database, table)
            matches = predicate_of(predicate, known.partition_keys)

            def where(values: Sequence[str]) -> bool:
                return _is_in(values, segment) and matches(values)

            return tx.partitions.page(
                known,
                after=after,
                limit=limit,
                where=where if predicate.strip() or segment else None,
                ranges=narrowing_of([predicate], known.partition_keys),
            )

    def update(self, database: str, table: str, values: Sequence[str], spec: Spec) -> None:
        """Overwrite a partition and keep its creation time. Other values in `spec` rename it.

        Raises EntityNotFoundException, and InvalidInputException for new values that another partition has.
        """
        with self._store.write() as tx:
            self._update(tx, table_of(tx, database, table), (values, spec))

    def update_many(
        self, database: str, table: str, entries: Sequence[tuple[Sequence[str], Spec]]
    ) -> list[Failure]:
        """Overwrite partitions; returns those that could not be overwritten, and why."""
        return self._each(database, table, [(entry[0], entry) for entry in entries], self._update)

    def delete(self, database: str, table: str, values: Sequence[str]) -> None:
        """Delete a partition; no data. Raises EntityNotFoundException."""
        with self._store.write() as tx:
            _delete(tx, table_of(tx, database, table), values)

    def delete_many(self, database: str, table: str, wanted: Sequence[Sequence[str]]) -> list[Failure]:
        """Delete partitions; returns those that could not be deleted, and why."""
        return self._each(database, table, [(values, values) for values in wanted], _delete)

    def _insert(self, tx: Transaction, table: Table, spec: Spec) -> None:
        tx.partitions.insert(table, _made(table, spec, created_ms=self._clock.now_ms()))

    def _update(self, tx: Transaction, table: Table, entry: tuple[Sequence[str], Spec]) -> None:
        values, spec = entry
        before = partition_of(tx, table, values)
        made = _made(table, {"Values": list(values)} | spec, created_ms=before.created_ms)
        changed = msgspec.structs.replace(made, modified_ms=self._clock.now_ms())
        try:
            tx.partitions.replace(table, values, changed)
        except AlreadyExistsException as error:  # UpdatePartition declares no such error
            raise InvalidInputException(error.message) from None

    def _each(
        self,
        database: str,
        table: str,
        items: Sequence[tuple[Sequence[str], T]],
        do: Callable[[Transaction, Table, T], None],
    ) -> list[Failure]:
        """Do something with each item. An item fails before it writes, so all can share one transaction."""
        failures: list[Failure] = []
        with self._store.write() as tx:
            known = table_of(tx, database, table)
            for values, item in items:
                try:
                    do(tx, known, item)
                except GlueError as error:
                    failures.append((values, error))
        return failures


def _made(table: Table, spec: dict[str, Any], *, created_ms: int) -> TablePartition:
    values = tuple(spec.get("Values") or ())
    check_values(table, values)
    rest = {name: value for name, value in spec.items() if name != "Values"}
    return TablePartition(values=values, spec=rest, created_ms=created_ms)


def check_values(table: Table, values: Sequence[str]) -> None:
    """Raises InvalidInputException, with AWS's words first, unless there is one for each key."""
    names = [name for name, _ in table.partition_keys]
    if len(values) != len(names) or not names:
        raise InvalidInputException(
            "The number of partition keys do not match the number of partition values. "
            f"Table {table.name} has {counted(len(names), 'partition key')} ({', '.join(names)}), but the "
            f"partition has {counted(len(values), 'value')}."
        )


def partition_of(tx: Transaction, table: Table, values: Sequence[str]) -> TablePartition:
    """The partition of these values. Raises EntityNotFoundException."""
    found = tx.partitions.get(table, values)
    if found is None:
        raise _lacking(table, values)
    return found


def _delete(tx: Transaction, table: Table, values: Sequence[str]) -> None:
    if not tx.partitions.delete(table, values):
        raise _lacking(table, values)


def _lacking(table: Table, values: Sequence[str]) -> EntityNotFoundException:
    """AWS's words for a partition that is not there; and where it cannot be, why."""
    names = [name for name, _ in table.partition_keys]
    said = "Cannot find partition."
    if len(values) != len(names):
        said += (
            f" Table {table.name} has {counted(len(names), 'partition key')} ({', '.join(names)}), but the "
            f"request has {counted(len(values), 'value')}."
        )
    return EntityNotFoundException(said)


def _is_in(values: Sequence[str], segment: Segment | None) -> bool:
    if segment is None:
        return True
    number, total = segment
    return zlib.crc32(msgspec.json.encode(values)) % total == number
