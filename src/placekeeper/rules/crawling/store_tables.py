"""The catalog's description of a table that is kept in a store with tables of its own, not in files.

Source: docs/reference/crawlers.md#databases.
"""

from collections.abc import Mapping
from typing import Any

from placekeeper.rules.catalog.table_files import Columns


def store_table(location: str, columns: Columns, parameters: Mapping[str, str]) -> dict[str, Any]:
    """A TableInput without its name, as AWS's crawlers write it; the storage has the same parameters."""
    own = {
        "CrawlerSchemaSerializerVersion": "1.0",
        "CrawlerSchemaDeserializerVersion": "1.0",
        "compressionType": "none",
        **parameters,
    }
    storage: dict[str, Any] = {
        "Columns": [{"Name": name, "Type": type} for name, type in columns],
        "Location": location,
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {"Parameters": {}},
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": dict(own),
        "StoredAsSubDirectories": False,
    }
    return {
        "Owner": "owner",
        "Retention": 0,
        "StorageDescriptor": storage,
        "PartitionKeys": [],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": own,
    }
