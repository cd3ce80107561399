"""The policy and the encryption of the catalog on the wire.

Source: docs/reference/operations.md#policy-and-encryption-of-the-catalog.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from placekeeper.model.catalog_settings import Setting
from placekeeper.model.errors import EntityNotFoundException, InvalidInputException
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        DeleteResourcePolicyRequestTypeDef,
        GetDataCatalogEncryptionSettingsRequestTypeDef,
        GetResourcePoliciesRequestTypeDef,
        GetResourcePolicyRequestTypeDef,
        PutDataCatalogEncryptionSettingsRequestTypeDef,
        PutResourcePolicyRequestTypeDef,
    )

    from placekeeper.control.service import Control

_CATALOG: Final = ":catalog"
_NOT_ENCRYPTED: Final[Mapping[str, Any]] = {
    "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
    "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
}


def put_resource_policy(control: Control, params: PutResourcePolicyRequestTypeDef) -> Mapping[str, object]:
    """PutResourcePolicy; a condition that does not hold is ConditionCheckFailureException."""
    if "ResourceArn" in params:
        raise InvalidInputException("Glue resource level policy is not currently supported")
    made = control.catalog_settings.put_policy(
        params["PolicyInJson"],
        exists=params.get("PolicyExistsCondition"),
        hash=params.get("PolicyHashCondition"),
    )
    return {"PolicyHash": made.hash}


def get_resource_policy(control: Control, params: GetResourcePolicyRequestTypeDef) -> Mapping[str, object]:
    """GetResourcePolicy; a missing one is EntityNotFoundException."""
    _check_catalog(params)
    return _on_wire(control.catalog_settings.policy())


def get_resource_policies(
    control: Control, params: GetResourcePoliciesRequestTypeDef
) -> Mapping[str, object]:
    """GetResourcePolicies: the one of the catalog, if there is one."""
    paging.name_after("GetResourcePolicies", params.get("NextToken"))
    try:
        found = [_on_wire(control.catalog_settings.policy())]
    except EntityNotFoundException:
        found = []
    return {"GetResourcePoliciesResponseList": found}


def delete_resource_policy(
    control: Control, params: DeleteResourcePolicyRequestTypeDef
) -> Mapping[str, object]:
    """DeleteResourcePolicy; a missing one is EntityNotFoundException."""
    _check_catalog(params)
    control.catalog_settings.delete_policy(hash=params.get("PolicyHashCondition"))
    return {}


def put_data_catalog_encryption_settings(
    control: Control, params: PutDataCatalogEncryptionSettingsRequestTypeDef
) -> Mapping[str, object]:
    """PutDataCatalogEncryptionSettings: all of them are overwritten."""
    control.catalog_settings.put_encryption(cast("dict[str, Any]", params["DataCatalogEncryptionSettings"]))
    return {}


def get_data_catalog_encryption_settings(
    control: Control, _: GetDataCatalogEncryptionSettingsRequestTypeDef
) -> Mapping[str, object]:
    """GetDataCatalogEncryptionSettings; what was not set is shown as not encrypted."""
    return {"DataCatalogEncryptionSettings": {**_NOT_ENCRYPTED, **control.catalog_settings.encryption()}}


def _check_catalog(params: Mapping[str, Any]) -> None:
    """Raise EntityNotFoundException for another resource than the catalog: none has a policy of its own."""
    if not params.get("ResourceArn", _CATALOG).endswith(_CATALOG):
        raise EntityNotFoundException("Policy not found")


def _on_wire(policy: Setting) -> Mapping[str, object]:
    return {
        "PolicyInJson": policy.text,
        "PolicyHash": policy.hash,
        "CreateTime": timestamp(policy.created_ms),
        "UpdateTime": timestamp(policy.modified_ms),
    }


OPERATIONS: Mapping[str, Handler] = {
    "DeleteResourcePolicy": Handler(delete_resource_policy),
    "GetDataCatalogEncryptionSettings": Handler(get_data_catalog_encryption_settings),
    "GetResourcePolicies": Handler(get_resource_policies),
    "GetResourcePolicy": Handler(get_resource_policy),
    "PutDataCatalogEncryptionSettings": Handler(put_data_catalog_encryption_settings),
    "PutResourcePolicy": Handler(put_resource_policy),
}
"""The operations of this module."""
