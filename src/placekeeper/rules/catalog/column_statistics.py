"""What statistics of a column must have."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from placekeeper.model.errors import EntityNotFoundException, InvalidInputException

MEMBERS: Final[Mapping[str, str]] = {
    "BOOLEAN": "BooleanColumnStatisticsData",
    "DATE": "DateColumnStatisticsData",
    "DECIMAL": "DecimalColumnStatisticsData",
    "DOUBLE": "DoubleColumnStatisticsData",
    "LONG": "LongColumnStatisticsData",
    "STRING": "StringColumnStatisticsData",
    "BINARY": "BinaryColumnStatisticsData",
}
"""The member with the figures, by the Type of StatisticsData."""


def check_statistics(spec: Mapping[str, Any], columns: Collection[str]) -> None:
    """Check ColumnStatistics of a table with these columns, in lower case.

    Raises EntityNotFoundException for a column that is not there, and InvalidInputException for figures of
    another type than they say.
    """
    name, data = spec["ColumnName"], spec["StatisticsData"]
    if name.lower() not in columns:
        raise EntityNotFoundException(f"Column {name} not found.")
    member = MEMBERS[data["Type"]]
    if set(data) != {"Type", member}:
        raise InvalidInputException(
            f"Statistics of the column {name} have the type {data['Type']}: give {member}, and no other."
        )
