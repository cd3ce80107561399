"""Tables of DynamoDB for the catalog, as AWS's crawlers describe them.

Source: docs/reference/crawlers.md#dynamodb-tables.
"""

from typing import Any, Final

from msgspec import Struct

from placekeeper.model.crawling import FoundTable
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.rules.crawling.changes import UPDATED_BY
from placekeeper.rules.crawling.shapes import safe_name


class ItemsSeen(Struct, frozen=True, kw_only=True):
    """A table of DynamoDB: its columns by the items that were read, and how many items it says it has."""

    name: str
    arn: str
    columns: Columns
    items: int
    size: int


_VERSIONS: Final = {"CrawlerSchemaSerializerVersion": "1.0", "CrawlerSchemaDeserializerVersion": "1.0"}


def table_of_items(seen: ItemsSeen, crawler: str) -> FoundTable:
    """The table for the catalog; from_catalog finds the items by its location, the ARN."""
    figures = {
        "recordCount": str(seen.items),
        "sizeKey": str(seen.size),
        "averageRecordSize": str(round(seen.size / seen.items) if seen.items else 0),
    }
    parameters = {
        **_VERSIONS,
        UPDATED_BY: crawler,
        "classification": "dynamodb",
        "compressionType": "none",
        "typeOfData": "table",
        **figures,
    }
    storage: dict[str, Any] = {
        "Columns": [{"Name": name, "Type": type} for name, type in seen.columns],
        "Location": seen.arn,
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {"Parameters": {}},
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": dict(parameters),
        "StoredAsSubDirectories": False,
    }
    return FoundTable(
        name=safe_name(seen.name),
        spec={
            "Owner": "owner",
            "Retention": 0,
            "StorageDescriptor": storage,
            "PartitionKeys": [],
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
        },
    )
