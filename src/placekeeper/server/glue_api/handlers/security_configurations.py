"""Security configurations on the wire (docs/reference/operations.md#pattern, botocore's model)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from placekeeper.model.security import SecurityConfiguration
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE, timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        CreateSecurityConfigurationRequestTypeDef,
        DeleteSecurityConfigurationRequestTypeDef,
        GetSecurityConfigurationRequestTypeDef,
        GetSecurityConfigurationsRequestTypeDef,
        SecurityConfigurationTypeDef,
    )

    from placekeeper.control.service import Control

_LISTING = "GetSecurityConfigurations"


def create_security_configuration(
    control: Control, params: CreateSecurityConfigurationRequestTypeDef
) -> Mapping[str, object]:
    """CreateSecurityConfiguration; a name that is taken is AlreadyExistsException."""
    spec = cast("dict[str, Any]", params["EncryptionConfiguration"])
    made = control.security_configurations.create(params["Name"], spec)
    return {"Name": made.name, "CreatedTimestamp": timestamp(made.created_ms)}


def get_security_configuration(
    control: Control, params: GetSecurityConfigurationRequestTypeDef
) -> Mapping[str, object]:
    """GetSecurityConfiguration; a missing one is EntityNotFoundException."""
    return {"SecurityConfiguration": _on_wire(control.security_configurations.get(params["Name"]))}


def get_security_configurations(
    control: Control, params: GetSecurityConfigurationsRequestTypeDef
) -> Mapping[str, object]:
    """GetSecurityConfigurations, by name; NextToken while there are more."""
    size = params.get("MaxResults", PAGE_SIZE)
    after = paging.name_after(_LISTING, params.get("NextToken"))
    found = control.security_configurations.page(after=after, limit=size + 1)
    return {
        "SecurityConfigurations": [_on_wire(configuration) for configuration in found[:size]],
        "NextToken": paging.next_by_name(_LISTING, [each.name for each in found], size),
    }


def delete_security_configuration(
    control: Control, params: DeleteSecurityConfigurationRequestTypeDef
) -> Mapping[str, object]:
    """DeleteSecurityConfiguration; a missing one is EntityNotFoundException."""
    control.security_configurations.delete(params["Name"])
    return {}


def _on_wire(configuration: SecurityConfiguration) -> SecurityConfigurationTypeDef:
    """The configuration on the wire. Its member is CreatedTimeStamp; after a creation, CreatedTimestamp."""
    shown = {
        "Name": configuration.name,
        "CreatedTimeStamp": timestamp(configuration.created_ms),
        "EncryptionConfiguration": configuration.spec,
    }
    return cast("SecurityConfigurationTypeDef", shown)


OPERATIONS: Mapping[str, Handler] = {
    "CreateSecurityConfiguration": Handler(create_security_configuration),
    "DeleteSecurityConfiguration": Handler(delete_security_configuration),
    "GetSecurityConfiguration": Handler(get_security_configuration),
    "GetSecurityConfigurations": Handler(get_security_configurations),
}
"""The operations of this module."""
