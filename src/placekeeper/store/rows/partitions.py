"""Partitions of the Data Catalog's tables in SQL."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Result,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from placekeeper.model.catalog import KeyRange, Table, TablePartition
from placekeeper.model.errors import AlreadyExistsException
from placekeeper.model.page import Page
from placekeeper.ports.rows.catalog import Where
from placekeeper.rules.catalog.key_order import order_texts
from placekeeper.store.catalog_schema import catalog_partitions as partitions
from placekeeper.store.damage import decoded
from placekeeper.store.pages import STREAMED, page_of
from placekeeper.store.rows.catalog import encoded, undecided_of

KEYS = ("key1", "key2", "key3")
"""The columns of the first values, by which partitions are found."""

_VALUES_AT_ONCE = 500
"""SQLite takes no more than a thousand or so values in a statement."""

_MOST_NEAR = 10_000
"""Where more partitions than these are within the ranges of a search, it looks at all in their order."""

_VALUES = (partitions.c.ordinal, partitions.c.partition_values)
_TEXTS_OF = msgspec.json.Decoder(list[str])
_Key = TypeVar("_Key", int, str)
_TEXTS = ("spec", "partition_values", "undecided")


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
            self._connection.execute(insert(partitions), [of | _row(table, partition) for partition in made])

    def among(self, table: Table, wanted: Sequence[Sequence[str]]) -> Sequence[TablePartition]:
        """Those that exist among `wanted`, in no order."""
        pieces = _pieces(_digest(_text(values)) for values in wanted)
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
        changed = update(partitions).where(*_within(table), _has(values)).values(**_row(table, partition))
        return self._connection.execute(changed).rowcount > 0

    def touch(self, table: Table, wanted: Sequence[Sequence[str]], *, now_ms: int) -> None:
        """Remember that those which exist among `wanted` were filled just now."""
        for digests in _pieces(_digest(_text(values)) for values in wanted):
            among = partitions.c.values_digest.in_(digests)
            self._connection.execute(
                update(partitions).where(*_within(table), among).values(modified_ms=now_ms)
            )

    def delete(self, table: Table, values: Sequence[str]) -> bool:
        """Delete a partition; False if there is none with these values."""
        gone = delete(partitions).where(*_within(table), _has(values))
        return self._connection.execute(gone).rowcount > 0

    def page(
        self,
        table: Table,
        *,
        after: int | None,
        limit: int,
        where: Where | None = None,
        ranges: Sequence[KeyRange] = (),
    ) -> Page[TablePartition]:
        """Partitions in the order of creation, those after `after` for which `where` is true."""
        if where is None:
            found = _of(table).order_by(partitions.c.ordinal).limit(limit + 1)
            found = found if after is None else found.where(partitions.c.ordinal > after)
            with self._connection.execute(found.execution_options(**STREAMED)).mappings() as rows:
                return page_of(rows, limit, _partition, *_TEXTS)
        return page_of(self._search(table, where, ranges, after, limit + 1), limit, _partition, *_TEXTS)

    def all(
        self, table: Table, *, where: Where | None = None, ranges: Sequence[KeyRange] = ()
    ) -> Sequence[TablePartition]:
        """All partitions of a table for which `where` is true, in the order of creation."""
        if where is not None:
            return [_partition(row) for row in self._search(table, where, ranges, None, None)]
        found = _of(table).order_by(partitions.c.ordinal)
        return [_partition(row) for row in self._connection.execute(found).mappings()]

    def arrange(self, table: Table) -> None:
        """Make the partitions of a table be found by its keys, after the types of these have changed."""
        changed = update(partitions).where(partitions.c.ordinal == bindparam("of"))
        for rows in self._values(table, None).partitions(_VALUES_AT_ONCE):
            found = [
                {"of": row.ordinal, **_keys(table, _values_of(row.ordinal, row.partition_values))}
                for row in rows
            ]
            self._connection.execute(changed.values({key: bindparam(key) for key in KEYS}), found)

    def _search(
        self, table: Table, where: Where, ranges: Sequence[KeyRange], after: int | None, most: int | None
    ) -> Iterator[RowMapping]:
        """The partitions that are meant, in their order; where all are looked at, at most `most` of them."""
        near = self._near(table, ranges) if ranges else None
        if near is None:
            yield from self._rows(islice(self._looked_at(table, where, after), most))
            return
        for row in self._rows(sorted(ordinal for ordinal in near if after is None or ordinal > after)):
            if where(_values_of(row["ordinal"], row["partition_values"])):
                yield row

    def _looked_at(self, table: Table, where: Where, after: int | None) -> Iterator[int]:
        """The ordinals of the partitions that are meant, by a look at the values of all."""
        with self._values(table, after) as rows:
            yield from (row.ordinal for row in rows if where(_values_of(row.ordinal, row.partition_values)))

    def _near(self, table: Table, ranges: Sequence[KeyRange]) -> Sequence[int] | None:
        """The ordinals of all partitions within the ranges and of those without texts, None if they are many.

        They come in no order: so a database looks for them by an index of the keys.
        """
        ordinals: list[int] = []
        for inside in (and_(*map(_inside, ranges)), partitions.c.key1.is_(None)):
            found = select(partitions.c.ordinal).where(*_within(table), inside).limit(_MOST_NEAR + 1)
            ordinals += self._connection.execute(found).scalars()
            if len(ordinals) > _MOST_NEAR:
                return None
        return ordinals

    def _values(self, table: Table, after: int | None) -> Result[Any]:
        """Ordinals and values of partitions after `after`, as they are read."""
        found = select(*_VALUES).where(*_within(table)).order_by(partitions.c.ordinal)
        found = found if after is None else found.where(partitions.c.ordinal > after)
        return self._connection.execute(found.execution_options(**STREAMED))

    def _rows(self, ordinals: Iterable[int]) -> Iterator[RowMapping]:
        """The rows of ordinals that are in order."""
        for piece in _pieces(ordinals):
            found = select(partitions).where(partitions.c.ordinal.in_(piece)).order_by(partitions.c.ordinal)
            yield from self._connection.execute(found).mappings()


def _inside(range: KeyRange) -> ColumnElement[bool]:
    column = partitions.c[KEYS[range.place]]
    if range.among is not None:
        return column.in_(range.among)
    bounds = [column >= range.low] if range.low is not None else []
    return and_(*bounds, *([column <= range.high] if range.high is not None else []))


def _pieces(keys: Iterable[_Key]) -> Iterator[Sequence[_Key]]:
    rest = iter(keys)
    while piece := list(islice(rest, _VALUES_AT_ONCE)):
        yield piece


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


def _keys(table: Table, values: Sequence[str]) -> dict[str, str | None]:
    """The columns by which a partition is found."""
    return dict(zip(KEYS, order_texts(values, [type for _, type in table.partition_keys]), strict=True))


def _values_of(ordinal: int, text: str) -> Sequence[str]:
    try:
        return _TEXTS_OF.decode(text)  # a search may look at the values of each partition
    except msgspec.DecodeError:
        return decoded(text, list[str], "catalog_partitions", f"the partition {ordinal}")


def _row(table: Table, partition: TablePartition) -> dict[str, object]:
    text = _text(partition.values)
    return {
        "partition_values": text,
        "values_digest": _digest(text),
        "spec": msgspec.json.encode(partition.spec).decode(),
        "created_ms": partition.created_ms,
        "modified_ms": partition.modified_ms or None,
        "undecided": encoded(partition.undecided),
        **_keys(table, partition.values),
    }


def _partition(row: RowMapping) -> TablePartition:
    table, key = "catalog_partitions", f"the partition {row['ordinal']}"
    return TablePartition(
        values=decoded(row["partition_values"], tuple[str, ...], table, key),
        spec=decoded(row["spec"], dict[str, Any], table, key),
        created_ms=row["created_ms"],
        modified_ms=row["modified_ms"] or 0,
        ordinal=row["ordinal"],
        undecided=undecided_of(row["undecided"], table, key),
    )
