"""Statistics of columns on the wire (docs/reference/operations.md#column-statistics)."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from placekeeper.model.errors import GlueError
from placekeeper.server.glue_api.catalog_shapes import error_on_wire
from placekeeper.server.glue_api.handler import Handler

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        DeleteColumnStatisticsForPartitionRequestTypeDef,
        DeleteColumnStatisticsForTableRequestTypeDef,
        GetColumnStatisticsForPartitionRequestTypeDef,
        GetColumnStatisticsForTableRequestTypeDef,
        UpdateColumnStatisticsForPartitionRequestTypeDef,
        UpdateColumnStatisticsForTableRequestTypeDef,
    )

    from placekeeper.control.service import Control

_TIMES = ("AnalyzedTime", "MinimumValue", "MaximumValue")


def get_column_statistics_for_table(
    control: Control, params: GetColumnStatisticsForTableRequestTypeDef
) -> Mapping[str, object]:
    """GetColumnStatisticsForTable; columns without statistics are in Errors."""
    database, table, names = params["DatabaseName"], params["TableName"], params["ColumnNames"]
    return _read(control.statistics.get(database, table, None, names))


def get_column_statistics_for_partition(
    control: Control, params: GetColumnStatisticsForPartitionRequestTypeDef
) -> Mapping[str, object]:
    """GetColumnStatisticsForPartition; columns without statistics are in Errors."""
    database, table, names = params["DatabaseName"], params["TableName"], params["ColumnNames"]
    return _read(control.statistics.get(database, table, params["PartitionValues"], names))


def update_column_statistics_for_table(
    control: Control, params: UpdateColumnStatisticsForTableRequestTypeDef
) -> Mapping[str, object]:
    """UpdateColumnStatisticsForTable: columns are updated independently; the others are in Errors."""
    database, table, specs = params["DatabaseName"], params["TableName"], _specs(params)
    return _updated(control.statistics.put(database, table, None, specs))


def update_column_statistics_for_partition(
    control: Control, params: UpdateColumnStatisticsForPartitionRequestTypeDef
) -> Mapping[str, object]:
    """UpdateColumnStatisticsForPartition: columns are updated independently; the others are in Errors."""
    database, table, specs = params["DatabaseName"], params["TableName"], _specs(params)
    return _updated(control.statistics.put(database, table, params["PartitionValues"], specs))


def delete_column_statistics_for_table(
    control: Control, params: DeleteColumnStatisticsForTableRequestTypeDef
) -> Mapping[str, object]:
    """DeleteColumnStatisticsForTable; where there are none, EntityNotFoundException."""
    control.statistics.delete(params["DatabaseName"], params["TableName"], None, params["ColumnName"])
    return {}


def delete_column_statistics_for_partition(
    control: Control, params: DeleteColumnStatisticsForPartitionRequestTypeDef
) -> Mapping[str, object]:
    """DeleteColumnStatisticsForPartition; where there are none, EntityNotFoundException."""
    values = params["PartitionValues"]
    control.statistics.delete(params["DatabaseName"], params["TableName"], values, params["ColumnName"])
    return {}


def _specs(params: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    specs: Sequence[dict[str, Any]] = params["ColumnStatisticsList"]
    return specs


def _read(
    answer: tuple[Sequence[Mapping[str, Any]], Sequence[tuple[str, GlueError]]],
) -> Mapping[str, object]:
    found, missing = answer
    return {
        "ColumnStatisticsList": [_on_wire(spec) for spec in found],
        "Errors": [{"ColumnName": name, "Error": error_on_wire(error)} for name, error in missing],
    }


def _updated(failures: Sequence[tuple[Mapping[str, Any], GlueError]]) -> Mapping[str, object]:
    return {"Errors": [{"ColumnStatistics": spec, "Error": error_on_wire(error)} for spec, error in failures]}


def _on_wire(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Statistics as they were sent; what is kept has times and bytes as texts."""
    return {name: _value_on_wire(name, value) for name, value in spec.items()}


def _value_on_wire(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return _on_wire(value)
    if isinstance(value, str) and name in _TIMES:
        return datetime.fromisoformat(value)
    return base64.b64decode(value) if name == "UnscaledValue" else value


OPERATIONS: Mapping[str, Handler] = {
    "DeleteColumnStatisticsForPartition": Handler(delete_column_statistics_for_partition),
    "DeleteColumnStatisticsForTable": Handler(delete_column_statistics_for_table),
    "GetColumnStatisticsForPartition": Handler(get_column_statistics_for_partition),
    "GetColumnStatisticsForTable": Handler(get_column_statistics_for_table),
    "UpdateColumnStatisticsForPartition": Handler(update_column_statistics_for_partition),
    "UpdateColumnStatisticsForTable": Handler(update_column_statistics_for_table),
}
"""The operations of this module."""
