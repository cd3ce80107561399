"""Searching for catalog tables on the wire (docs/reference/operations.md#searching-for-tables)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from placekeeper.rules.catalog.table_search import search_of
from placekeeper.server.glue_api.catalog_shapes import table_on_wire
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import SearchTablesRequestTypeDef

    from placekeeper.control.service import Control

_OF_OTHERS = ("FOREIGN", "FEDERATED")


def search_tables(control: Control, params: SearchTablesRequestTypeDef) -> Mapping[str, object]:
    """SearchTables of all databases; NextToken while there are more."""
    filters: Sequence[Mapping[str, Any]] = params.get("Filters", ())
    text, order = params.get("SearchText"), params.get("SortCriteria") or [{}]
    meant = search_of(filters, text)
    sorted_by, descending = order[0].get("FieldName"), order[0].get("Sort") == "DESC"
    asked = {"Filters": filters, "SearchText": text, "SortCriteria": order}
    listing = paging.listing_of("SearchTables", {name: repr(value) for name, value in asked.items()})
    after = paging.names_after(listing, params.get("NextToken"), 3)
    if params.get("ResourceShareType") in _OF_OTHERS:  # there is one catalog, and it is this account's
        return {"TableList": []}
    page, last = control.search.page(
        meant,
        sorted_by=sorted_by,
        descending=descending,
        after=None if after is None else (after[0], after[1], after[2]),
        limit=params.get("MaxResults", PAGE_SIZE),
    )
    return {
        "TableList": [table_on_wire(params, table) for table in page.items],
        "NextToken": paging.token(listing, list(last)) if page.more and last else None,
    }


OPERATIONS: Mapping[str, Handler] = {"SearchTables": Handler(search_tables)}
"""The operations of this module."""
