"""The connectors: one row for each connection type."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import listed
from placekeeper.runtime.connectors import catalog, file_target, files, table_target
from placekeeper.runtime.connectors.base import Asked, Connector, Target
from placekeeper.runtime.connectors.options import UPDATES_CATALOG, flag_of
from placekeeper.runtime.formats.registry import FORMATS, Formats


class Connection(Struct, frozen=True):
    """The connector and the target of a connection type; None where it cannot be written."""

    source: Connector[Any, Any]
    target: Target[Any] | None = None


Connections = Mapping[str, Connection]
"""By connection type."""

CONNECTIONS: Final[Connections] = MappingProxyType(
    {
        "s3": Connection(files, file_target),
        "file": Connection(files, file_target),
    }
)

TABLES: Final[Connector[Any, Any]] = catalog
"""The connector of the catalog's tables: all are made of files so far."""


def source_for(
    connections: Connections, connection_type: str, formats: Formats = FORMATS
) -> Connector[Any, Any]:
    """The connector of a connection type. Raises UnsupportedFeature where it is not read.

    In an old spelling, the connection type of files is a format that AWS leaves to Spark's own reader.
    """
    connection = connections.get("s3" if formats.is_native(connection_type) else connection_type)
    if connection is None:
        raise UnsupportedFeature(
            f"connection_type '{connection_type}' is not there yet: Placekeeper reads {listed(connections)}. "
            "Read it in the script with its own client and wrap it with DynamicFrame.fromDF."
        )
    return connection.source


def target_for(connections: Connections, connection_type: str) -> Target[Any]:
    """The target of a connection type. Raises UnsupportedFeature where it is not written."""
    connection = connections.get(connection_type)
    if connection is None or connection.target is None:
        written = listed(name for name, one in connections.items() if one.target is not None)
        raise UnsupportedFeature(
            f"writing to connection_type '{connection_type}' is not there yet: Placekeeper writes {written}. "
            "Write it in the script with its own client: frame.toDF()"
        )
    return connection.target


def target_of(connections: Connections, asked: Asked, note: Callable[[str], None]) -> Target[Any]:
    """The target of a write; what has no effect goes to `note`.

    The catalog is asked only of a table that it shall be told of, or that only the catalog describes. Raises
    UnsupportedFeature for a connection type that is not written.
    """
    names_table = all(asked.table)
    if asked.connection_type == table_target.CATALOG and names_table:
        return table_target
    target = target_for(connections, asked.connection_type)
    updates, path = flag_of(asked.options, UPDATES_CATALOG), asked.options.get("path")
    if updates and names_table:
        return table_target
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
