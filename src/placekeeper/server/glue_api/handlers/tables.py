"""Tables of the Data Catalog on the wire (docs/reference/operations.md#tables)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from placekeeper.model.catalog import Table
from placekeeper.model.errors import InvalidInputException
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE, echo, refuse, timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchDeleteTableRequestTypeDef,
        CreateTableRequestTypeDef,
        DeleteTableRequestTypeDef,
        GetTableRequestTypeDef,
        GetTablesRequestTypeDef,
        UpdateTableRequestTypeDef,
    )

    from placekeeper.control.service import Control

_AS_OF = ("TransactionId", "QueryAsOfTime")
_OPEN_FORMATS = ("OpenTableFormatInput", "UpdateOpenTableFormatInput", "ViewUpdateAction")


def create_table(control: Control, params: CreateTableRequestTypeDef) -> Mapping[str, object]:
    """CreateTable; a name that is taken is AlreadyExistsException."""
    refuse(params, ["PartitionIndexes", *_AS_OF, *_OPEN_FORMATS])
    control.catalog.create_table(params["DatabaseName"], _table_input(params))
    return {}


def get_table(control: Control, params: GetTableRequestTypeDef) -> Mapping[str, object]:
    """GetTable; a missing one is EntityNotFoundException."""
    refuse(params, ["AttributesToGet", *_AS_OF])
    return {"Table": _table_on_wire(params, control.catalog.table(params["DatabaseName"], params["Name"]))}


def get_tables(control: Control, params: GetTablesRequestTypeDef) -> Mapping[str, object]:
    """GetTables of a database, by name; NextToken while there are more."""
    refuse(params, ["Expression", "AttributesToGet", *_AS_OF])
    listing = paging.listing_of("GetTables", {"DatabaseName": params["DatabaseName"].lower()})
    after = paging.name_after(listing, params.get("NextToken"))
    size = params.get("MaxResults", PAGE_SIZE)
    page = control.catalog.tables(params["DatabaseName"], after=after, limit=size)
    return {
        "TableList": [_table_on_wire(params, table) for table in page.items],
        "NextToken": paging.token(listing, page.items[-1].name) if page.more else None,
    }


def update_table(control: Control, params: UpdateTableRequestTypeDef) -> Mapping[str, object]:
    """UpdateTable: the whole definition is overwritten; old versions are not kept."""
    refuse(params, [*_AS_OF, *_OPEN_FORMATS])
    control.catalog.update_table(
        params["DatabaseName"], _table_input(params), version=params.get("VersionId")
    )
    return {}


def delete_table(control: Control, params: DeleteTableRequestTypeDef) -> Mapping[str, object]:
    """DeleteTable, with its partitions; a missing one is EntityNotFoundException."""
    refuse(params, _AS_OF)
    control.catalog.delete_table(params["DatabaseName"], params["Name"])
    return {}


def batch_delete_table(control: Control, params: BatchDeleteTableRequestTypeDef) -> Mapping[str, object]:
    """BatchDeleteTable: tables are deleted independently; missing ones are in Errors."""
    refuse(params, _AS_OF)
    failures = control.catalog.delete_tables(params["DatabaseName"], params["TablesToDelete"])
    return {
        "Errors": [
            {"TableName": name, "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": error.message}}
            for name, error in failures
        ]
    }


def _table_input(params: Mapping[str, Any]) -> dict[str, Any]:
    if "TableInput" not in params:
        raise InvalidInputException("TableInput is missing. It defines the table.")
    return cast("dict[str, Any]", params["TableInput"])


def _table_on_wire(params: Mapping[str, Any], table: Table) -> Mapping[str, object]:
    return echo(params, table.spec) | {
        "Name": table.name,
        "DatabaseName": table.database,
        "CreateTime": timestamp(table.created_ms),
        "UpdateTime": timestamp(table.modified_ms),
        "VersionId": str(table.version),
        "IsRegisteredWithLakeFormation": False,
    }


OPERATIONS: Mapping[str, Handler] = {
    "BatchDeleteTable": Handler(batch_delete_table),
    "CreateTable": Handler(create_table),
    "DeleteTable": Handler(delete_table),
    "GetTable": Handler(get_table),
    "GetTables": Handler(get_tables),
    "UpdateTable": Handler(update_table),
}
"""The operations of this module."""
