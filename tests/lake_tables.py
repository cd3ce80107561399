"""Iceberg tables that nobody has written to: their first metadata, and what our catalog says of them."""

from typing import Any

import pyarrow as pa
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.serializers import ToOutputFile
from pyiceberg.table.metadata import new_table_metadata
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER

from placekeeper.lake.files import LakeFiles
from placekeeper.lake.iceberg import IcebergFormat
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores


def stores(environ: dict[str, str]) -> tuple[ObjectStores, OutputStaging]:
    return ObjectStores.of(environ), OutputStaging.of(environ)


def made_table(
    location: str,
    columns: pa.Schema | Schema,
    environ: dict[str, str],
    name: str = "rows",
    spec: PartitionSpec = UNPARTITIONED_PARTITION_SPEC,
) -> dict[str, Any]:
    """TableInput of a new table at a location."""
    schema = columns if isinstance(columns, Schema) else NoopCatalog._convert_schema_if_needed(columns)
    metadata = new_table_metadata(schema, spec, UNSORTED_SORT_ORDER, location)
    at = f"{location}/metadata/00000-0.metadata.json"
    ToOutputFile.table_metadata(metadata, LakeFiles(*stores(environ), "test").new_output(at))
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"table_type": "ICEBERG", "metadata_location": at},
        "StorageDescriptor": {"Location": location},
    }


def rows_of(spec: dict[str, Any], environ: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of a table, in any order."""
    table = IcebergFormat().open("test.rows", spec, stores(environ)[0])
    if table.history.current is None:
        return []
    files = table.files(table.history.current)
    return [row for file in files for batch in table.reader.read(file) for row in batch.to_pylist()]
