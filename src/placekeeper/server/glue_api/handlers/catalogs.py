"""The one catalog of the account on the wire (docs/reference/operations.md#catalogs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from placekeeper.model.errors import InvalidInputException
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        CreateCatalogRequestTypeDef,
        DeleteCatalogRequestTypeDef,
        GetCatalogImportStatusRequestTypeDef,
        GetCatalogRequestTypeDef,
        GetCatalogsRequestTypeDef,
        ImportCatalogToGlueRequestTypeDef,
        UpdateCatalogRequestTypeDef,
    )

    from placekeeper.control.service import Control


def get_catalog(control: Control, params: GetCatalogRequestTypeDef) -> Mapping[str, object]:
    """GetCatalog: that of the account; another one is EntityNotFoundException."""
    return {"Catalog": _on_wire(control.catalogs.get(params["CatalogId"]))}


def get_catalogs(control: Control, params: GetCatalogsRequestTypeDef) -> Mapping[str, object]:
    """GetCatalogs: there are none in that of the account, which IncludeRoot shows, too."""
    if "ParentCatalogId" in params and "IncludeRoot" in params:
        raise InvalidInputException("IncludeRoot goes without ParentCatalogId only. Leave one of them out.")
    paging.name_after("GetCatalogs", params.get("NextToken"))
    parent, with_root = params.get("ParentCatalogId"), params.get("IncludeRoot", False)
    found = control.catalogs.within(parent, with_root=with_root)
    return {"CatalogList": [_on_wire(catalog_id) for catalog_id in found]}


def create_catalog(control: Control, _: CreateCatalogRequestTypeDef) -> Mapping[str, object]:
    """CreateCatalog is refused."""
    control.catalogs.create()
    return {}


def update_catalog(control: Control, _: UpdateCatalogRequestTypeDef) -> Mapping[str, object]:
    """UpdateCatalog is refused."""
    control.catalogs.update()
    return {}


def delete_catalog(control: Control, _: DeleteCatalogRequestTypeDef) -> Mapping[str, object]:
    """DeleteCatalog is refused."""
    control.catalogs.delete()
    return {}


def get_catalog_import_status(
    control: Control, _: GetCatalogImportStatusRequestTypeDef
) -> Mapping[str, object]:
    """GetCatalogImportStatus: completed, because Athena has no other catalog here."""
    return {"ImportStatus": {"ImportCompleted": control.catalogs.is_imported()}}


def import_catalog_to_glue(control: Control, _: ImportCatalogToGlueRequestTypeDef) -> Mapping[str, object]:
    """ImportCatalogToGlue: there is nothing to import."""
    control.catalogs.import_athena()
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
    "CreateCatalog": Handler(create_catalog),
    "DeleteCatalog": Handler(delete_catalog),
    "GetCatalog": Handler(get_catalog),
    "GetCatalogImportStatus": Handler(get_catalog_import_status),
    "GetCatalogs": Handler(get_catalogs),
    "ImportCatalogToGlue": Handler(import_catalog_to_glue),
    "UpdateCatalog": Handler(update_catalog),
}
"""The operations of this module."""
