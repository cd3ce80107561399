"""Databases of the Data Catalog on the wire (docs/reference/operations.md#databases)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from placekeeper.server.glue_api.catalog_shapes import database_on_wire
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        CreateDatabaseRequestTypeDef,
        DeleteDatabaseRequestTypeDef,
        GetDatabaseRequestTypeDef,
        GetDatabasesRequestTypeDef,
        UpdateDatabaseRequestTypeDef,
    )

    from placekeeper.control.service import Control

_SHARED: Final = frozenset({"FOREIGN", "FEDERATED"})
"""ResourceShareTypes without the databases of the account itself; nobody shares any here."""


def create_database(control: Control, params: CreateDatabaseRequestTypeDef) -> Mapping[str, object]:
    """CreateDatabase; a name that is taken is AlreadyExistsException."""
    spec = cast("dict[str, Any]", params["DatabaseInput"])
    control.catalog.create_database(spec, params.get("Tags", {}))
    return {}


def get_database(control: Control, params: GetDatabaseRequestTypeDef) -> Mapping[str, object]:
    """GetDatabase; a missing one is EntityNotFoundException."""
    return {"Database": database_on_wire(params, control.catalog.database(params["Name"]))}


def get_databases(control: Control, params: GetDatabasesRequestTypeDef) -> Mapping[str, object]:
    """GetDatabases, by name; NextToken while there are more."""
    attributes = params.get("AttributesToGet")
    after = paging.name_after("GetDatabases", params.get("NextToken"))
    if params.get("ResourceShareType") in _SHARED:
        return {"DatabaseList": []}
    page = control.catalog.databases(after=after, limit=params.get("MaxResults", PAGE_SIZE))
    return {
        "DatabaseList": [database_on_wire(params, database, attributes) for database in page.items],
        "NextToken": paging.token("GetDatabases", page.items[-1].name) if page.more else None,
    }


def update_database(control: Control, params: UpdateDatabaseRequestTypeDef) -> Mapping[str, object]:
    """UpdateDatabase: the whole definition is overwritten, the name too if nothing is in the database."""
    control.catalog.update_database(params["Name"], cast("dict[str, Any]", params["DatabaseInput"]))
    return {}


def delete_database(control: Control, params: DeleteDatabaseRequestTypeDef) -> Mapping[str, object]:
    """DeleteDatabase, with its tables; a missing one is EntityNotFoundException."""
    control.catalog.delete_database(params["Name"])
    return {}


OPERATIONS: Mapping[str, Handler] = {
    "CreateDatabase": Handler(create_database),
    "DeleteDatabase": Handler(delete_database),
    "GetDatabase": Handler(get_database),
    "GetDatabases": Handler(get_databases),
    "UpdateDatabase": Handler(update_database),
}
"""The operations of this module."""
