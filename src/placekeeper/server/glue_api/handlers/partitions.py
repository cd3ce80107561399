"""Partitions of catalog tables on the wire (docs/reference/operations.md#partitions)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from placekeeper.control.catalog.partitions import Failure, Segment
from placekeeper.model.catalog import TablePartition
from placekeeper.model.errors import InvalidInputException
from placekeeper.server.glue_api.catalog_shapes import error_on_wire
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PARTITIONS_ON_A_PAGE, echo, refuse, timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchCreatePartitionRequestTypeDef,
        BatchDeletePartitionRequestTypeDef,
        BatchGetPartitionRequestTypeDef,
        BatchUpdatePartitionRequestTypeDef,
        CreatePartitionRequestTypeDef,
        DeletePartitionRequestTypeDef,
        GetPartitionRequestTypeDef,
        GetPartitionsRequestTypeDef,
        UpdatePartitionRequestTypeDef,
    )

    from placekeeper.control.service import Control


def create_partition(control: Control, params: CreatePartitionRequestTypeDef) -> Mapping[str, object]:
    """CreatePartition; values that are taken are AlreadyExistsException."""
    spec = cast("dict[str, Any]", params["PartitionInput"])
    control.partitions.create(params["DatabaseName"], params["TableName"], spec)
    return {}


def batch_create_partition(
    control: Control, params: BatchCreatePartitionRequestTypeDef
) -> Mapping[str, object]:
    """BatchCreatePartition: partitions are created independently; failed ones are in Errors."""
    specs = cast("Sequence[dict[str, Any]]", params["PartitionInputList"])
    return _errors(control.partitions.create_many(params["DatabaseName"], params["TableName"], specs))


def get_partition(control: Control, params: GetPartitionRequestTypeDef) -> Mapping[str, object]:
    """GetPartition; a missing one is EntityNotFoundException."""
    found = control.partitions.get(params["DatabaseName"], params["TableName"], params["PartitionValues"])
    return {"Partition": _on_wire(params, found)}


def get_partitions(control: Control, params: GetPartitionsRequestTypeDef) -> Mapping[str, object]:
    """GetPartitions that match Expression, in the order of creation; NextToken while there are more."""
    refuse(params, ["TransactionId", "QueryAsOfTime"])
    predicate, segment = params.get("Expression", ""), params.get("Segment")
    listing = paging.listing_of(
        "GetPartitions",
        {
            "DatabaseName": params["DatabaseName"].lower(),
            "TableName": params["TableName"].lower(),
            "Expression": predicate,
            "Segment": str(segment),
        },
    )
    page = control.partitions.page(
        params["DatabaseName"],
        params["TableName"],
        predicate=predicate,
        segment=None if segment is None else _segment(segment["SegmentNumber"], segment["TotalSegments"]),
        after=paging.ordinal_before(listing, params.get("NextToken")),
        limit=params.get("MaxResults", PARTITIONS_ON_A_PAGE),
    )
    shown = [_on_wire(params, found) for found in page.items]
    if params.get("ExcludeColumnSchema"):
        shown = [_without_columns(partition) for partition in shown]
    return {
        "Partitions": shown,
        "NextToken": paging.token(listing, page.items[-1].ordinal) if page.more else None,
    }


def batch_get_partition(control: Control, params: BatchGetPartitionRequestTypeDef) -> Mapping[str, object]:
    """BatchGetPartition; unknown values are not an error."""
    wanted = [each["Values"] for each in params["PartitionsToGet"]]
    found = control.partitions.get_many(params["DatabaseName"], params["TableName"], wanted)
    return {"Partitions": [_on_wire(params, partition) for partition in found], "UnprocessedKeys": []}


def update_partition(control: Control, params: UpdatePartitionRequestTypeDef) -> Mapping[str, object]:
    """UpdatePartition; a missing one is EntityNotFoundException."""
    spec = cast("dict[str, Any]", params["PartitionInput"])
    control.partitions.update(params["DatabaseName"], params["TableName"], params["PartitionValueList"], spec)
    return {}


def batch_update_partition(
    control: Control, params: BatchUpdatePartitionRequestTypeDef
) -> Mapping[str, object]:
    """BatchUpdatePartition: partitions are updated independently; failed ones are in Errors."""
    entries = [
        (entry["PartitionValueList"], cast("dict[str, Any]", entry["PartitionInput"]))
        for entry in params["Entries"]
    ]
    failures = control.partitions.update_many(params["DatabaseName"], params["TableName"], entries)
    return {
        "Errors": [
            {"PartitionValueList": list(values), "ErrorDetail": error_on_wire(error)}
            for values, error in failures
        ]
    }


def delete_partition(control: Control, params: DeletePartitionRequestTypeDef) -> Mapping[str, object]:
    """DeletePartition; a missing one is EntityNotFoundException."""
    control.partitions.delete(params["DatabaseName"], params["TableName"], params["PartitionValues"])
    return {}


def batch_delete_partition(
    control: Control, params: BatchDeletePartitionRequestTypeDef
) -> Mapping[str, object]:
    """BatchDeletePartition: partitions are deleted independently; missing ones are in Errors."""
    wanted = [each["Values"] for each in params["PartitionsToDelete"]]
    return _errors(control.partitions.delete_many(params["DatabaseName"], params["TableName"], wanted))


def _segment(number: int, total: int) -> Segment:
    if number >= total:
        raise InvalidInputException(
            f"SegmentNumber must be below TotalSegments, but {number} is not below {total}."
        )
    return number, total


def _errors(failures: Sequence[Failure]) -> Mapping[str, object]:
    return {
        "Errors": [
            {
                "PartitionValues": list(values),
                "ErrorDetail": error_on_wire(error),
            }
            for values, error in failures
        ]
    }


def _on_wire(params: Mapping[str, Any], partition: TablePartition) -> dict[str, Any]:
    return echo(params, partition.spec) | {
        "Values": list(partition.values),
        "DatabaseName": params["DatabaseName"].lower(),
        "TableName": params["TableName"].lower(),
        "CreationTime": timestamp(partition.created_ms),
    }


def _without_columns(partition: dict[str, Any]) -> dict[str, Any]:
    storage = {name: v for name, v in partition.get("StorageDescriptor", {}).items() if name != "Columns"}
    return partition | ({"StorageDescriptor": storage} if storage else {})


OPERATIONS: Mapping[str, Handler] = {
    "BatchCreatePartition": Handler(batch_create_partition),
    "BatchDeletePartition": Handler(batch_delete_partition),
    "BatchGetPartition": Handler(batch_get_partition),
    "BatchUpdatePartition": Handler(batch_update_partition),
    "CreatePartition": Handler(create_partition),
    "DeletePartition": Handler(delete_partition),
    "GetPartition": Handler(get_partition),
    "GetPartitions": Handler(get_partitions),
    "UpdatePartition": Handler(update_partition),
}
"""The operations of this module."""
