"""Versions of catalog tables on the wire (docs/reference/operations.md#table-versions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from placekeeper.model.catalog import Table
from placekeeper.server.glue_api.catalog_shapes import error_on_wire, table_on_wire
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchDeleteTableVersionRequestTypeDef,
        DeleteTableVersionRequestTypeDef,
        GetTableVersionRequestTypeDef,
        GetTableVersionsRequestTypeDef,
    )

    from placekeeper.control.service import Control


def get_table_version(control: Control, params: GetTableVersionRequestTypeDef) -> Mapping[str, object]:
    """GetTableVersion, the newest without VersionId; a missing one is EntityNotFoundException."""
    found = control.table_versions.get(params["DatabaseName"], params["TableName"], params.get("VersionId"))
    return {"TableVersion": _on_wire(params, found)}


def get_table_versions(control: Control, params: GetTableVersionsRequestTypeDef) -> Mapping[str, object]:
    """GetTableVersions, the newest first; NextToken while there are more."""
    database, name = params["DatabaseName"], params["TableName"]
    listing = paging.listing_of(
        "GetTableVersions", {"DatabaseName": database.lower(), "TableName": name.lower()}
    )
    page = control.table_versions.page(
        database,
        name,
        before=paging.ordinal_before(listing, params.get("NextToken")),
        limit=params.get("MaxResults", PAGE_SIZE),
    )
    return {
        "TableVersions": [_on_wire(params, version) for version in page.items],
        "NextToken": paging.token(listing, page.items[-1].version) if page.more else None,
    }


def delete_table_version(control: Control, params: DeleteTableVersionRequestTypeDef) -> Mapping[str, object]:
    """DeleteTableVersion; a missing one is EntityNotFoundException."""
    control.table_versions.delete(params["DatabaseName"], params["TableName"], params["VersionId"])
    return {}


def batch_delete_table_version(
    control: Control, params: BatchDeleteTableVersionRequestTypeDef
) -> Mapping[str, object]:
    """BatchDeleteTableVersion: versions are deleted independently; the others are in Errors."""
    name = params["TableName"]
    failures = control.table_versions.delete_many(params["DatabaseName"], name, params["VersionIds"])
    return {
        "Errors": [
            {"TableName": name, "VersionId": version, "ErrorDetail": error_on_wire(error)}
            for version, error in failures
        ]
    }


def _on_wire(params: Mapping[str, Any], version: Table) -> Mapping[str, object]:
    return {"Table": table_on_wire(params, version), "VersionId": str(version.version)}


OPERATIONS: Mapping[str, Handler] = {
    "BatchDeleteTableVersion": Handler(batch_delete_table_version),
    "DeleteTableVersion": Handler(delete_table_version),
    "GetTableVersion": Handler(get_table_version),
    "GetTableVersions": Handler(get_table_versions),
}
"""The operations of this module."""
