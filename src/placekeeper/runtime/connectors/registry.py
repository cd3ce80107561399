"""The connectors: one row for each connection type, and one for each kind of table."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol, runtime_checkable

from msgspec import Struct

from placekeeper.databases.databases import SqlDatabases
from placekeeper.databases.products import PRODUCTS
from placekeeper.databases.writing.products import PRODUCTS as WRITTEN_PRODUCTS
from placekeeper.model.catalog import TableDefinition, TableRef
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import listed
from placekeeper.rules.catalog.table_kinds import TableKind, kind_of, refusal
from placekeeper.rules.databases.logins import OF_ANY_PRODUCT
from placekeeper.runtime.connectors import catalog, file_target, files, table_target
from placekeeper.runtime.connectors.answers import Tables
from placekeeper.runtime.connectors.base import Asked, Connector, Target
from placekeeper.runtime.connectors.database_target import DatabaseTarget
from placekeeper.runtime.connectors.databases import DatabaseTables
from placekeeper.runtime.connectors.dynamodb import Items
from placekeeper.runtime.connectors.dynamodb_target import ItemTarget
from placekeeper.runtime.connectors.lake import LakeTables
from placekeeper.runtime.connectors.lake_target import LakeTarget
from placekeeper.runtime.connectors.options import UPDATES_CATALOG, flag_of, text_of
from placekeeper.runtime.formats.registry import FORMATS, Formats


class Connection(Struct, frozen=True):
    """The connector and the target of a connection type; None where it cannot be written."""

    source: Connector[Any, Any]
    target: Target[Any] | None = None
    is_read: bool = True


Connections = Mapping[str, Connection]
"""By connection type."""

_DATABASES: Final = Connection(DatabaseTables(SqlDatabases()), DatabaseTarget())
_WRITTEN_DATABASES: Final = Connection(_DATABASES.source, _DATABASES.target, is_read=False)

CONNECTIONS: Final[Connections] = MappingProxyType(
    {
        "s3": Connection(files, file_target),
        "file": Connection(files, file_target),
        "dynamodb": Connection(Items(), ItemTarget()),
        **dict.fromkeys(sorted({*PRODUCTS, *OF_ANY_PRODUCT}), _DATABASES),
        **dict.fromkeys(sorted(WRITTEN_PRODUCTS.keys() - PRODUCTS.keys()), _WRITTEN_DATABASES),
    }
)

TABLES: Final[Mapping[TableKind, Connection]] = MappingProxyType(
    {
        TableKind.FILES: Connection(catalog, table_target),
        TableKind.DELTA: Connection(LakeTables("delta"), LakeTarget("delta")),
        TableKind.ICEBERG: Connection(LakeTables("iceberg"), LakeTarget("iceberg")),
        TableKind.DYNAMODB: Connection(Items(of_catalog=True), ItemTarget(of_catalog=True)),
        TableKind.JDBC: _DATABASES,
    }
)
"""Connector and target of the catalog's tables, by their kind; `REFUSED` in the rules names the others."""

_CLIENTS: Final[Mapping[str, str]] = MappingProxyType({"mongodb": "pymongo", "documentdb": "pymongo"})
"""What scripts take where there is no connector."""


def connection_of_table(
    definition: Callable[[TableRef], TableDefinition], table: tuple[str, str]
) -> Connection:
    """Connector and target of a table (database, name), by its definition; a table of files if there is none.

    Raises EntityNotFoundException for its database, UsageError for a name that is no text, and
    UnsupportedFeature for a kind of table that nothing here reads or writes.
    """
    database, name = (text_of(*part).lower() for part in zip(("database", "table_name"), table, strict=True))
    spec = definition(TableRef(database=database, name=name)).spec or {}
    refused = refusal(f"the table {database}.{name}", spec)
    if refused is not None:
        raise refused
    return TABLES[kind_of(spec)]


def source_for(
    connections: Connections, connection_type: str, formats: Formats = FORMATS
) -> Connector[Any, Any]:
    """The connector of a connection type. Raises UnsupportedFeature where it is not read.

    In an old spelling, the connection type of files is a format that AWS leaves to Spark's own reader.
    """
    connection = connections.get("s3" if formats.is_native(connection_type) else connection_type)
    if connection is None or not connection.is_read:
        read = listed(name for name, one in connections.items() if one.is_read)
        raise UnsupportedFeature(
            f"connection_type '{connection_type}' is not there yet: Placekeeper reads {read}. "
            f"Read it in the script with {_client(connection_type)} and wrap it with DynamicFrame.fromDF."
        )
    return connection.source


def _client(connection_type: str) -> str:
    return _CLIENTS.get(connection_type, "its own client")


def target_for(connections: Connections, connection_type: str) -> Target[Any]:
    """The target of a connection type. Raises UnsupportedFeature where it is not written."""
    connection = connections.get(connection_type)
    if connection is None or connection.target is None:
        written = listed(name for name, one in connections.items() if one.target is not None)
        raise UnsupportedFeature(
            f"writing to connection_type '{connection_type}' is not there yet: Placekeeper writes {written}. "
            f"Write it in the script with {_client(connection_type)}: frame.toDF()"
        )
    return connection.target


@runtime_checkable
class HasColumns(Protocol):
    """A destination that says itself which columns it takes, whatever the catalog says."""

    @property
    def columns(self) -> Sequence[tuple[str, str]]:
        """Name, in lower case, and type of each column."""
        ...


@runtime_checkable
class StagesInPlace(Protocol):
    """A destination in which rows wait to be published, so that no files do."""

    @property
    def staging(self) -> str:
        """The name of what has the rows meanwhile."""
        ...


@runtime_checkable
class PutsAtOnce(Protocol):
    """A destination whose rows are there as soon as tasks have written them: no folder has staged files."""

    @property
    def at_once(self) -> str:
        """What that means where a run fails or begins again: a sentence."""
        ...


def target_of(
    connections: Connections, tables: Tables, asked: Asked, note: Callable[[str], None]
) -> Target[Any]:
    """The target of a write; what has no effect goes to `note`.

    The catalog is asked only of a table that it shall be told of, or that only the catalog describes. Raises
    UnsupportedFeature for a connection type or a kind of table that is not written.
    """
    names_table = all(asked.table)
    if asked.connection_type == table_target.CATALOG and names_table:
        return _written(connection_of_table(tables.definition, asked.table), asked)
    target = target_for(connections, asked.connection_type)
    updates, path = flag_of(asked.options, UPDATES_CATALOG), asked.options.get("path")
    if updates and names_table:
        return _written(connection_of_table(tables.definition, asked.table), asked)
    if updates:
        note(
            f"{path}: {UPDATES_CATALOG} has no effect without a table: say "
            "sink.setCatalogInfo(catalogDatabase=…, catalogTableName=…)"
        )
    elif names_table:
        note(
            f"{path}: written without {UPDATES_CATALOG}, so the table {'.'.join(asked.table)} is neither "
            f"made nor changed, and no partition is registered: say {UPDATES_CATALOG}=True for that"
        )
    return target


def _written(connection: Connection, asked: Asked) -> Target[Any]:
    if connection.target is None:
        raise UnsupportedFeature(
            f"the table {'.'.join(asked.table)} is of a kind that is read and not written. Write it in the "
            "script with its own client: frame.toDF()"
        )
    return connection.target
