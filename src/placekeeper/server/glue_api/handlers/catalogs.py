"""The one catalog of the account on the wire (docs/reference/operations.md#catalogs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.catalog.catalog_ids import catalog_of
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        GetCatalogImportStatusRequestTypeDef,
        GetCatalogRequestTypeDef,
        GetCatalogsRequestTypeDef,
        ImportCatalogToGlueRequestTypeDef,
    )

    from placekeeper.control.service import Control


def get_catalog(_: Control, params: GetCatalogRequestTypeDef) -> Mapping[str, object]:
    """GetCatalog: that of the account; another one is EntityNotFoundException."""
    return {"Catalog": _on_wire(params["CatalogId"])}


def get_catalogs(control: Control, params: GetCatalogsRequestTypeDef) -> Mapping[str, object]:
    """GetCatalogs: there are none in that of the account, which IncludeRoot shows, too."""
    if "ParentCatalogId" in params and "IncludeRoot" in params:
        raise InvalidInputException("IncludeRoot goes without ParentCatalogId only. Leave one of them out.")
    paging.name_after("GetCatalogs", params.get("NextToken"))
    root = catalog_of(params.get("ParentCatalogId"), control.account)
    return {"CatalogList": [_on_wire(root)] if params.get("IncludeRoot") else []}


def one_catalog(control: Control, _: Mapping[str, Any]) -> Mapping[str, object]:
    """CreateCatalog, UpdateCatalog and DeleteCatalog are refused: there is always one catalog."""
    raise InvalidInputException(
        f"Placekeeper has one catalog, that of the account {control.account.id}, which cannot be changed or "
        "deleted. To keep tables apart, make databases; to keep accounts apart, start a server for each."
    )


def get_catalog_import_status(
    _: Control, _params: GetCatalogImportStatusRequestTypeDef
) -> Mapping[str, object]:
    """GetCatalogImportStatus: completed, because Athena has no other catalog here."""
    return {"ImportStatus": {"ImportCompleted": True}}


def import_catalog_to_glue(_: Control, _params: ImportCatalogToGlueRequestTypeDef) -> Mapping[str, object]:
    """ImportCatalogToGlue: there is nothing to import, because Athena has no other catalog here."""
    return {}


def _on_wire(catalog_id: str) -> Mapping[str, object]:
    return {
        "CatalogId": catalog_id,
        "Name": catalog_id,
        "Parameters": {},
        "CreateTableDefaultPermissions": [],
        "CreateDatabaseDefaultPermissions": [],
    }


OPERATIONS: Mapping[str, Handler] = {
    "CreateCatalog": Handler(one_catalog),
    "DeleteCatalog": Handler(one_catalog),
    "GetCatalog": Handler(get_catalog),
    "GetCatalogImportStatus": Handler(get_catalog_import_status),
    "GetCatalogs": Handler(get_catalogs),
    "ImportCatalogToGlue": Handler(import_catalog_to_glue),
    "UpdateCatalog": Handler(one_catalog),
}
"""The operations of this module."""
