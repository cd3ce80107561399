"""Partitions of the Data Catalog's tables in SQL."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, delete, insert, select, update

from placekeeper.model.catalog import Table, TablePartition
from placekeeper.model.errors import AlreadyExistsException
from placekeeper.model.page import Page
from placekeeper.store.damage import decoded
from placekeeper.store.pages import STREAMED, page_of
from placekeeper.store.rows.catalog import encoded, undecided_of
from placekeeper.store.schema import catalog_partitions as partitions

_VALUES_AT_ONCE = 500
"""SQLite takes no more than a thousand or so values in a statement."""


class SqlPartitionRows:
    """Implements ports.rows.catalog.PartitionRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, table: Table, partition: TablePartition) -> None:
        """Raises AlreadyExistsException."""
        if self.get(table, partition.values) is not None:
            raise AlreadyExistsException("Partition already exists.")
        self.insert_all(table, [partition])

    def insert_all(self, table: Table, made: Sequence[TablePartition]) -> None:
        """Insert partitions of which none exists."""
        of = {"database": table.database, "table_name": table.name}
        if made:
            self._connection.execute(insert(partitions), [of | _row(partition) for partition in made])

    def among(self, table: Table, wanted: Sequence[Sequence[str]]) -> Sequence[TablePartition]:
        """Those that exist among `wanted`, in no order."""
        digests = [_digest(_text(values)) for values in wanted]
        pieces = (digests[n : n + _VALUES_AT_ONCE] for n in range(0, len(digests), _VALUES_AT_ONCE))
        return [
            _partition(row)
            for piece in pieces
            for row in self._connection.execute(
                _of(table).where(partitions.c.values_digest.in_(piece))
            ).mappings()
        ]

    def get(self, table: Table, values: Sequence[str]) -> TablePartition | None:
        """The partition with these values."""
        row = self._connection.execute(_of(table).where(_has(values))).mappings().first()
        return None if row is None else _partition(row)

    def replace(self, table: Table, values: Sequence[str], partition: TablePartition) -> bool:
        """Put a partition in the place of the one with these values; False if there is none.

        Raises AlreadyExistsException when another has the new values.
        """
        if tuple(values) != partition.values and self.get(table, partition.values) is not None:
            raise AlreadyExistsException("Partition already exists.")
        changed = update(partitions).where(*_within(table), _has(values)).values(**_row(partition))
        return self._connection.execute(changed).rowcount > 0

    def delete(self, table: Table, values: Sequence[str]) -> bool:
        """Delete a partition; False if there is none with these values."""
        gone = delete(partitions).where(*_within(table), _has(values))
        return self._connection.execute(gone).rowcount > 0

    def page(
        self, table: Table, *, after: int | None, limit: int, where: Callable[[TablePartition], bool]
    ) -> Page[TablePartition]:
        """Partitions in the order of creation, those after `after` for which `where` is true."""
        found = _of(table).order_by(partitions.c.ordinal).execution_options(**STREAMED)
        if after is not None:
            found = found.where(partitions.c.ordinal > after)
        with self._connection.execute(found).mappings() as rows:
            wanted: Iterator[RowMapping] = (row for row in rows if where(_partition(row)))
            return page_of(wanted, limit, _partition, "spec", "partition_values", "undecided")

    def all(self, table: Table) -> Sequence[TablePartition]:
        """All partitions of a table, in the order of creation."""
        found = _of(table).order_by(partitions.c.ordinal)
        return [_partition(row) for row in self._connection.execute(found).mappings()]


def _within(table: Table) -> tuple[ColumnElement[bool], ...]:
    return partitions.c.database == table.database, partitions.c.table_name == table.name


def _of(table: Table) -> Select[tuple[object, ...]]:
    return select(partitions).where(*_within(table))


def _has(values: Sequence[str]) -> ColumnElement[bool]:
    return partitions.c.values_digest == _digest(_text(values))


def _text(values: Sequence[str]) -> str:
    return msgspec.json.encode(list(values)).decode()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _row(partition: TablePartition) -> dict[str, object]:
    text = _text(partition.values)
    return {
        "partition_values": text,
        "values_digest": _digest(text),
        "spec": msgspec.json.encode(partition.spec).decode(),
        "created_ms": partition.created_ms,
        "undecided": encoded(partition.undecided),
    }


def _partition(row: RowMapping) -> TablePartition:
    table, key = "catalog_partitions", f"the partition {row['ordinal']}"
    return TablePartition(
        values=decoded(row["partition_values"], tuple[str, ...], table, key),
        spec=decoded(row["spec"], dict[str, Any], table, key),
        created_ms=row["created_ms"],
        ordinal=row["ordinal"],
        undecided=undecided_of(row["undecided"], table, key),
    )
