"""Tables and databases of the Data Catalog as the wire has them, shared by several resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from placekeeper.model.catalog import Database, PartitionIndex, Table
from placekeeper.model.errors import GlueError, InvalidInputException
from placekeeper.server.protocol.wire import echo, timestamp

_OF_TABLES: Final = {"NAME": ("Name", "DatabaseName", "CatalogId"), "TABLE_TYPE": ("TableType",)}
_OF_DATABASES: Final = {"NAME": ("Name", "CatalogId"), "TARGET_DATABASE": ("TargetDatabase",)}


def table_on_wire(
    params: Mapping[str, Any], table: Table, attributes: Sequence[str] | None = None
) -> Mapping[str, object]:
    """A table, or some of its members. Raises InvalidInputException for attributes that cannot be shown."""
    if attributes is not None and "LATEST_ICEBERG_METADATA" in attributes:
        raise InvalidInputException(
            "Placekeeper does not read metadata of Iceberg tables. Leave LATEST_ICEBERG_METADATA out, and "
            "read the file that the table's parameter metadata_location names."
        )
    whole = echo(params, table.spec) | {
        "Name": table.name,
        "DatabaseName": table.database,
        "CreateTime": timestamp(table.created_ms),
        "UpdateTime": timestamp(table.modified_ms),
        "VersionId": str(table.version),
        "IsRegisteredWithLakeFormation": False,
    }
    is_whole = attributes is not None and "DEFAULT" in attributes
    return whole if attributes is None or is_whole else _some(whole, attributes, _OF_TABLES)


def database_on_wire(
    params: Mapping[str, Any], database: Database, attributes: Sequence[str] | None = None
) -> Mapping[str, object]:
    """A database, or some of its members. Raises InvalidInputException for no attributes."""
    whole = echo(params, database.spec) | {
        "Name": database.name,
        "CreateTime": timestamp(database.created_ms),
    }
    return whole if attributes is None else _some(whole, attributes, _OF_DATABASES)


def index_of(index: Mapping[str, Any]) -> PartitionIndex:
    """A PartitionIndex of the wire."""
    return PartitionIndex(index["IndexName"], tuple(key.lower() for key in index["Keys"]))


def error_on_wire(error: GlueError) -> Mapping[str, str]:
    """An error of one item of a batch: ErrorDetail."""
    return {"ErrorCode": error.code, "ErrorMessage": error.message}


def _some(
    whole: Mapping[str, Any], attributes: Sequence[str], members: Mapping[str, Sequence[str]]
) -> Mapping[str, object]:
    if "NAME" not in attributes:
        raise InvalidInputException("AttributesToGet must include NAME.")
    wanted = [member for attribute in attributes for member in members[attribute]]
    return {member: whole[member] for member in wanted if member in whole}
