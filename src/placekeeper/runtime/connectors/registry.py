"""The connectors: one row for each connection type."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import listed
from placekeeper.runtime.connectors import catalog, file_target, files
from placekeeper.runtime.connectors.base import Connector, Target
from placekeeper.runtime.formats.registry import FORMATS, Formats


@dataclass(frozen=True)
class Connection:
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
