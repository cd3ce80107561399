"""Tables of the Data Catalog on the wire (docs/reference/operations.md#tables)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from placekeeper.model.errors import InvalidInputException
from placekeeper.server.glue_api.catalog_shapes import error_on_wire, index_of, table_on_wire
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE, refuse

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


def create_table(control: Control, params: CreateTableRequestTypeDef) -> Mapping[str, object]:
    """CreateTable; a name that is taken is AlreadyExistsException."""
    refuse(params, _AS_OF)
    indexes = [index_of(index) for index in params.get("PartitionIndexes", ())]
    given: Any = params.get("OpenTableFormatInput") or {}
    iceberg = given.get("IcebergInput")
    spec = _new_table(params) if iceberg else _table_input(params)
    control.new_tables.create(params["DatabaseName"], spec, indexes, iceberg)
    return {}


def get_table(control: Control, params: GetTableRequestTypeDef) -> Mapping[str, object]:
    """GetTable; a missing one is EntityNotFoundException."""
    refuse(params, _AS_OF)
    found = control.catalog.table(params["DatabaseName"], params["Name"])
    return {"Table": table_on_wire(params, found, params.get("AttributesToGet"))}


def get_tables(control: Control, params: GetTablesRequestTypeDef) -> Mapping[str, object]:
    """GetTables of a database whose names match Expression, by name; NextToken while there are more."""
    refuse(params, _AS_OF)
    expression = params.get("Expression", "")
    filters = {"DatabaseName": params["DatabaseName"].lower(), "Expression": expression}
    listing = paging.listing_of("GetTables", filters)
    after = paging.name_after(listing, params.get("NextToken"))
    size = params.get("MaxResults", PAGE_SIZE)
    page = control.catalog.tables(params["DatabaseName"], expression=expression, after=after, limit=size)
    attributes = params.get("AttributesToGet")
    return {
        "TableList": [table_on_wire(params, table, attributes) for table in page.items],
        "NextToken": paging.token(listing, page.items[-1].name) if page.more else None,
    }


def update_table(control: Control, params: UpdateTableRequestTypeDef) -> Mapping[str, object]:
    """UpdateTable: the whole definition is overwritten; the version before is kept unless SkipArchive."""
    refuse(params, ["ViewUpdateAction", *_AS_OF])
    if params.get("UpdateOpenTableFormatInput"):
        raise InvalidInputException(
            "Placekeeper does not change the metadata of Iceberg tables by UpdateTable. Change the table "
            "with pyiceberg, whose catalog of the type glue can be this server: pip install 'pyiceberg[glue]'"
        )
    control.catalog.update_table(
        params["DatabaseName"],
        _table_input(params),
        version=params.get("VersionId"),
        archive=not params.get("SkipArchive"),
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
    return {"Errors": [{"TableName": name, "ErrorDetail": error_on_wire(error)} for name, error in failures]}


def _new_table(params: Mapping[str, Any]) -> dict[str, Any]:
    """The TableInput of a table that Iceberg describes; the name alone is enough."""
    spec = cast("dict[str, Any]", params.get("TableInput") or {"Name": params.get("Name", "")})
    if not spec["Name"]:
        raise InvalidInputException("Name is missing. It names the table.")
    return spec


def _table_input(params: Mapping[str, Any]) -> dict[str, Any]:
    if "TableInput" not in params:
        raise InvalidInputException("TableInput is missing. It defines the table.")
    return cast("dict[str, Any]", params["TableInput"])


OPERATIONS: Mapping[str, Handler] = {
    "BatchDeleteTable": Handler(batch_delete_table),
    "CreateTable": Handler(create_table),
    "DeleteTable": Handler(delete_table),
    "GetTable": Handler(get_table),
    "GetTables": Handler(get_tables),
    "UpdateTable": Handler(update_table),
}
"""The operations of this module."""
