"""Partition indexes of catalog tables on the wire (docs/reference/operations.md#partition-indexes)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from placekeeper.model.catalog import PartitionIndex, Table
from placekeeper.server.glue_api.catalog_shapes import index_of
from placekeeper.server.glue_api.handler import Handler

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        CreatePartitionIndexRequestTypeDef,
        DeletePartitionIndexRequestTypeDef,
        GetPartitionIndexesRequestTypeDef,
    )

    from placekeeper.control.service import Control


def create_partition_index(
    control: Control, params: CreatePartitionIndexRequestTypeDef
) -> Mapping[str, object]:
    """CreatePartitionIndex; a name that is taken is AlreadyExistsException."""
    index = index_of(params["PartitionIndex"])
    control.partition_indexes.create(params["DatabaseName"], params["TableName"], index)
    return {}


def get_partition_indexes(
    control: Control, params: GetPartitionIndexesRequestTypeDef
) -> Mapping[str, object]:
    """GetPartitionIndexes of a table; there are at most three, so one page has all."""
    table = control.partition_indexes.of(params["DatabaseName"], params["TableName"])
    return {"PartitionIndexDescriptorList": [_on_wire(table, index) for index in table.indexes]}


def delete_partition_index(
    control: Control, params: DeletePartitionIndexRequestTypeDef
) -> Mapping[str, object]:
    """DeletePartitionIndex; a missing one is EntityNotFoundException."""
    control.partition_indexes.delete(params["DatabaseName"], params["TableName"], params["IndexName"])
    return {}


def _on_wire(table: Table, index: PartitionIndex) -> Mapping[str, object]:
    keys = {name.lower(): {"Name": name, "Type": type} for name, type in table.partition_keys}
    return {
        "IndexName": index.name,
        "Keys": [keys[key] for key in index.keys],
        "IndexStatus": "ACTIVE",
    }


OPERATIONS: Mapping[str, Handler] = {
    "CreatePartitionIndex": Handler(create_partition_index),
    "DeletePartitionIndex": Handler(delete_partition_index),
    "GetPartitionIndexes": Handler(get_partition_indexes),
}
"""The operations of this module."""
