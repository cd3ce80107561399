"""The Data Catalog, as values: databases, tables, and partitions of tables. Names are in lower case."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec


class SchemaChange(StrEnum):
    """What a write does to the columns of its table: widen and add, replace all, or nothing."""

    MERGE = "merge"
    OVERWRITE = "overwrite"
    KEEP = "keep"


class ChangeState(StrEnum):
    """A run's change of the catalog: made and not decided yet, never taken back any more, or taken back."""

    MADE = "made"
    KEPT = "kept"
    TAKEN_BACK = "taken back"


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """A table or a partition that runs have made or changed, while their publications go on.

    `needed_by` are the ids of their changes. When the last of them is taken back, `before` is in force again;
    None if there was nothing before.
    """

    needed_by: tuple[str, ...]
    before: dict[str, Any] | None


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """A name for tables. `spec` is DatabaseInput as it was sent."""

    name: str
    spec: dict[str, Any]
    created_ms: int


class PartitionIndex(msgspec.Struct, frozen=True):
    """An index of a table as clients ask for it: a name, and names of partition keys in lower case."""

    name: str
    keys: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The location and form of records. `spec` is TableInput as it was sent.

    `version` counts the updates; it is VersionId on the wire. `undecided` says what runs have done to it that
    may be taken back; a change by the API settles that.
    """

    database: str
    name: str
    spec: dict[str, Any]
    created_ms: int
    modified_ms: int
    version: int = 0
    undecided: Undecided | None = None
    indexes: tuple[PartitionIndex, ...] = ()

    @property
    def partition_keys(self) -> Sequence[tuple[str, str]]:
        """Name and Hive type of each partition key; the default type is string."""
        return key_types(self.spec)


class TablePartition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One combination of values of a table's partition keys. `spec` is PartitionInput without Values.

    `ordinal` numbers partitions in the order of creation; pages are in this order. `undecided` is as that of
    a table. `modified_ms` is when the API changed it last or a run filled it last, 0 if that never was.
    """

    values: tuple[str, ...]
    spec: dict[str, Any]
    created_ms: int
    modified_ms: int = 0
    ordinal: int = 0
    undecided: Undecided | None = None


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A function that users of a database may call. `spec` is UserDefinedFunctionInput as it was sent.

    The name is kept as it was sent; functions are told apart without regard to case.
    """

    database: str
    name: str
    spec: dict[str, Any]
    created_ms: int


class KeyRange(msgspec.Struct, frozen=True, kw_only=True):
    """Where the value of a table's partition key `place` may be, by its text in the order of values.

    The text is one of `among`, if that is given, and from `low` to `high`, both included.
    """

    place: int = 0
    among: tuple[str, ...] | None = None
    low: str | None = None
    high: str | None = None


class ColumnStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has found out about a column of a table or a partition. `column` is in lower case, and
    `spec` is ColumnStatistics as it was sent."""

    column: str
    spec: dict[str, Any]


class TableRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reference to a table and to those of its partitions for which every predicate is true."""

    database: str
    name: str
    predicates: tuple[str, ...] = ()


class TableSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A table and the partitions that match a reference, at one moment.

    `partitions` is None for a table without partition keys.
    """

    ref: TableRef
    spec: dict[str, Any]
    partitions: tuple[TablePartition, ...] | None


class TableDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """TableInput of a table, None if its database has no table of that name."""

    spec: dict[str, Any] | None


class TablesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for the tables of a database."""

    database: str


class TableNames(msgspec.Struct, frozen=True, kw_only=True):
    """The names of a database's tables, sorted; None for a database that is not there."""

    names: tuple[str, ...] | None = None


class DatabaseTold(msgspec.Struct, frozen=True, kw_only=True):
    """A database, as SQL tells of it. `location` is where tables without a location of their own are made."""

    name: str
    description: str | None = None
    location: str | None = None


class Databases(msgspec.Struct, frozen=True, kw_only=True):
    """All databases of the catalog, by name."""

    databases: tuple[DatabaseTold, ...] = ()


class DatabasesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for all databases."""


def key_types(spec: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """Name and type of each partition key of a TableInput."""
    return [(key["Name"], key.get("Type") or "string") for key in spec.get("PartitionKeys") or ()]


def columns_of(spec: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """Name and type of each column of a TableInput, its partition keys last."""
    columns = (spec.get("StorageDescriptor") or {}).get("Columns") or ()
    return [*((column["Name"], column.get("Type") or "string") for column in columns), *key_types(spec)]
