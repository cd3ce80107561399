"""Changes of the catalog that a statement of SQL asks for, as a job process sends them: at once."""

from typing import Any

import msgspec


class CreateDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """Make a database; `spec` is DatabaseInput."""

    spec: dict[str, Any]


class DropDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """Delete a database with its tables."""

    name: str


class CreateTable(msgspec.Struct, frozen=True, kw_only=True):
    """Make a table; `spec` is TableInput."""

    database: str
    spec: dict[str, Any]


class ReplaceTable(msgspec.Struct, frozen=True, kw_only=True):
    """Give a table another definition; its partitions stay."""

    database: str
    spec: dict[str, Any]


class DropTable(msgspec.Struct, frozen=True, kw_only=True):
    """Delete a table with its partitions; no data."""

    database: str
    name: str


class RegisterPartitions(msgspec.Struct, frozen=True, kw_only=True):
    """Make partitions; each of `specs` is a PartitionInput. Those that are there already stay as they are."""

    database: str
    table: str
    specs: tuple[dict[str, Any], ...]


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """The values of partitions that were there already."""

    known: tuple[tuple[str, ...], ...] = ()


class DropPartitions(msgspec.Struct, frozen=True, kw_only=True):
    """Delete partitions by their values; no data. Those that are not there count as deleted."""

    database: str
    table: str
    values: tuple[tuple[str, ...], ...]
