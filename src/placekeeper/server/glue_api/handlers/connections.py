"""Connections on the wire (docs/reference/operations.md#connections)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from placekeeper.model.connections import Connection
from placekeeper.rules.catalog.connection_secrets import schema_version, with_passwords
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE, refuse, timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchDeleteConnectionRequestTypeDef,
        CreateConnectionRequestTypeDef,
        DeleteConnectionRequestTypeDef,
        GetConnectionRequestTypeDef,
        GetConnectionsRequestTypeDef,
        TestConnectionRequestTypeDef,
        UpdateConnectionRequestTypeDef,
    )

    from placekeeper.control.service import Control

_VALIDATION: Final = ("ValidateCredentials", "ValidateForComputeEnvironments")


def create_connection(control: Control, params: CreateConnectionRequestTypeDef) -> Mapping[str, object]:
    """CreateConnection; a name that is taken is AlreadyExistsException."""
    control.connections.create(_input(params), params.get("Tags", {}), validates=_validates(params))
    return {"CreateConnectionStatus": "READY"}


def get_connection(control: Control, params: GetConnectionRequestTypeDef) -> Mapping[str, object]:
    """GetConnection, with passwords unless HidePassword; a missing one is EntityNotFoundException."""
    refuse(params, ["ApplyOverrideForComputeEnvironment"])
    found = control.connections.get(params["Name"], with_secrets=not params.get("HidePassword"))
    return {"Connection": _on_wire(found)}


def get_connections(control: Control, params: GetConnectionsRequestTypeDef) -> Mapping[str, object]:
    """GetConnections that match Filter, by name; NextToken while there are more."""
    wanted = params.get("Filter", {})
    criteria, type = sorted(set(wanted.get("MatchCriteria", ()))), wanted.get("ConnectionType")
    version = wanted.get("ConnectionSchemaVersion")
    listing = paging.listing_of(
        "GetConnections",
        {"MatchCriteria": "\n".join(criteria), "ConnectionType": type or "", "Version": str(version)},
    )
    page = control.connections.page(
        criteria=criteria,
        type=type,
        version=version,
        after=paging.name_after(listing, params.get("NextToken")),
        limit=params.get("MaxResults", PAGE_SIZE),
        with_secrets=not params.get("HidePassword"),
    )
    return {
        "ConnectionList": [_on_wire(connection) for connection in page.items],
        "NextToken": paging.token(listing, page.items[-1].name) if page.more else None,
    }


def update_connection(control: Control, params: UpdateConnectionRequestTypeDef) -> Mapping[str, object]:
    """UpdateConnection: the whole definition is overwritten."""
    control.connections.update(params["Name"], _input(params), validates=_validates(params))
    return {}


def delete_connection(control: Control, params: DeleteConnectionRequestTypeDef) -> Mapping[str, object]:
    """DeleteConnection; a missing one is EntityNotFoundException."""
    control.connections.delete(params["ConnectionName"])
    return {}


def batch_delete_connection(
    control: Control, params: BatchDeleteConnectionRequestTypeDef
) -> Mapping[str, object]:
    """BatchDeleteConnection: connections are deleted independently; missing ones are in Errors."""
    done, failures = control.connections.delete_many(params["ConnectionNameList"])
    return {
        "Succeeded": done,
        "Errors": {
            name: {"ErrorCode": error.code, "ErrorMessage": error.message} for name, error in failures.items()
        },
    }


def test_connection(control: Control, params: TestConnectionRequestTypeDef) -> Mapping[str, object]:
    """TestConnection: connects; a database that does not answer or refuses is FederationSourceException."""
    control.connections.test(params.get("ConnectionName"), params.get("TestConnectionInput"))
    return {}


def _input(params: Mapping[str, Any]) -> dict[str, Any]:
    spec = cast("dict[str, Any]", params["ConnectionInput"])
    return {member: value for member, value in spec.items() if member not in _VALIDATION}


def _validates(params: Mapping[str, Any]) -> bool:
    return bool(params["ConnectionInput"].get("ValidateCredentials"))


def _on_wire(connection: Connection) -> Mapping[str, object]:
    return with_passwords(connection.spec, connection.secrets) | {
        "CreationTime": timestamp(connection.created_ms),
        "LastUpdatedTime": timestamp(connection.modified_ms),
        "Status": "READY",
        "ConnectionSchemaVersion": schema_version(connection.spec),
    }


OPERATIONS: Mapping[str, Handler] = {
    "BatchDeleteConnection": Handler(batch_delete_connection),
    "CreateConnection": Handler(create_connection),
    "DeleteConnection": Handler(delete_connection),
    "GetConnection": Handler(get_connection),
    "GetConnections": Handler(get_connections),
    "TestConnection": Handler(test_connection),
    "UpdateConnection": Handler(update_connection),
}
"""The operations of this module."""
