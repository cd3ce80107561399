"""Tables of DynamoDB for the catalog, as AWS's crawlers describe them.

Source: docs/reference/crawlers.md#dynamodb-tables.
"""

from msgspec import Struct

from placekeeper.model.crawling import FoundTable
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.rules.crawling.changes import UPDATED_BY
from placekeeper.rules.crawling.shapes import safe_name
from placekeeper.rules.crawling.store_tables import store_table


class ItemsSeen(Struct, frozen=True, kw_only=True):
    """A table of DynamoDB: its columns by the items that were read, and how many items it says it has."""

    name: str
    arn: str
    columns: Columns
    items: int
    size: int


def table_of_items(seen: ItemsSeen, crawler: str) -> FoundTable:
    """The table for the catalog; from_catalog finds the items by its location, the ARN."""
    parameters = {
        UPDATED_BY: crawler,
        "classification": "dynamodb",
        "typeOfData": "table",
        "recordCount": str(seen.items),
        "sizeKey": str(seen.size),
        "averageRecordSize": str(round(seen.size / seen.items) if seen.items else 0),
    }
    return FoundTable(name=safe_name(seen.name), spec=store_table(seen.arn, seen.columns, parameters))
