"""User-defined functions on the wire (docs/reference/operations.md#functions)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from placekeeper.model.catalog import Function
from placekeeper.ports.rows.functions import FunctionKey
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE, echo, timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        CreateUserDefinedFunctionRequestTypeDef,
        DeleteUserDefinedFunctionRequestTypeDef,
        GetUserDefinedFunctionRequestTypeDef,
        GetUserDefinedFunctionsRequestTypeDef,
        UpdateUserDefinedFunctionRequestTypeDef,
    )

    from placekeeper.control.service import Control

_EVERY_DATABASE: Final = "*"
_BETWEEN: Final = "\n"
"""Between the parts of a key in a token; no name has it."""


def create_user_defined_function(
    control: Control, params: CreateUserDefinedFunctionRequestTypeDef
) -> Mapping[str, object]:
    """CreateUserDefinedFunction; a name that is taken is AlreadyExistsException."""
    control.functions.create(params["DatabaseName"], cast("dict[str, Any]", params["FunctionInput"]))
    return {}


def get_user_defined_function(
    control: Control, params: GetUserDefinedFunctionRequestTypeDef
) -> Mapping[str, object]:
    """GetUserDefinedFunction; a missing one is EntityNotFoundException."""
    found = control.functions.get(params["DatabaseName"], params["FunctionName"])
    return {"UserDefinedFunction": _on_wire(params, found)}


def get_user_defined_functions(
    control: Control, params: GetUserDefinedFunctionsRequestTypeDef
) -> Mapping[str, object]:
    """GetUserDefinedFunctions whose names match Pattern; NextToken while there are more."""
    database = params.get("DatabaseName", _EVERY_DATABASE)
    type = params.get("FunctionType")
    listing = paging.listing_of(
        "GetUserDefinedFunctions",
        {"DatabaseName": database.lower(), "Pattern": params["Pattern"], "FunctionType": type or ""},
    )
    page = control.functions.page(
        None if database == _EVERY_DATABASE else database,
        pattern=params["Pattern"],
        type=type,
        after=_key(paging.name_after(listing, params.get("NextToken"))),
        limit=params.get("MaxResults", PAGE_SIZE),
    )
    return {
        "UserDefinedFunctions": [_on_wire(params, function) for function in page.items],
        "NextToken": paging.token(listing, _position(page.items[-1])) if page.more else None,
    }


def update_user_defined_function(
    control: Control, params: UpdateUserDefinedFunctionRequestTypeDef
) -> Mapping[str, object]:
    """UpdateUserDefinedFunction: the whole definition is overwritten."""
    spec = cast("dict[str, Any]", params["FunctionInput"])
    control.functions.update(params["DatabaseName"], params["FunctionName"], spec)
    return {}


def delete_user_defined_function(
    control: Control, params: DeleteUserDefinedFunctionRequestTypeDef
) -> Mapping[str, object]:
    """DeleteUserDefinedFunction; a missing one is EntityNotFoundException."""
    control.functions.delete(params["DatabaseName"], params["FunctionName"])
    return {}


def _key(position: str | None) -> FunctionKey | None:
    if position is None:
        return None
    database, _, name = position.partition(_BETWEEN)
    return database, name


def _position(function: Function) -> str:
    return f"{function.database}{_BETWEEN}{function.name.lower()}"


def _on_wire(params: Mapping[str, Any], function: Function) -> dict[str, Any]:
    shown = echo(params, function.spec) | {
        "FunctionName": function.name,
        "DatabaseName": function.database,
        "CreateTime": timestamp(function.created_ms),
    }
    if "ResourceUris" in shown:
        shown["ResourceUris"] = [_resource_on_wire(resource) for resource in shown["ResourceUris"]]
    return shown


def _resource_on_wire(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """A resource; a spec keeps its time as text."""
    modified = resource.get("LastModified")
    return {**resource, "LastModified": None if modified is None else datetime.fromisoformat(modified)}


OPERATIONS: Mapping[str, Handler] = {
    "CreateUserDefinedFunction": Handler(create_user_defined_function),
    "DeleteUserDefinedFunction": Handler(delete_user_defined_function),
    "GetUserDefinedFunction": Handler(get_user_defined_function),
    "GetUserDefinedFunctions": Handler(get_user_defined_functions),
    "UpdateUserDefinedFunction": Handler(update_user_defined_function),
}
"""The operations of this module."""
