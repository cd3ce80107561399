"""The types of rules: which there are, and how each is written."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature

MANY = 1_000


class RuleType(Struct, frozen=True):
    """How many arguments a type of rule takes, and whether it has a condition and a threshold.

    `has_condition` is None where a rule may have one or leave it out. `argument` is what its arguments are.
    With `has_durations` it compares with times such as 24 hours.
    """

    fewest: int
    most: int
    has_condition: bool | None
    has_threshold: bool = False
    argument: str = "column"
    has_durations: bool = False


RULE_TYPES: Final[Mapping[str, RuleType]] = MappingProxyType(
    {
        "ColumnCorrelation": RuleType(2, 2, True),
        "ColumnCount": RuleType(0, 0, True),
        "ColumnDataType": RuleType(1, 1, True, has_threshold=True),
        "ColumnExists": RuleType(1, 1, False),
        "ColumnLength": RuleType(1, 1, True),
        "ColumnNamesMatchPattern": RuleType(1, 1, False, argument="pattern"),
        "ColumnValues": RuleType(1, 1, True, has_threshold=True),
        "Completeness": RuleType(1, 1, True),
        "CustomSql": RuleType(1, 1, None, has_threshold=True, argument="statement"),
        "DataFreshness": RuleType(1, 1, True, has_threshold=True, has_durations=True),
        "DistinctValuesCount": RuleType(1, 1, True),
        "IsComplete": RuleType(1, 1, False),
        "IsPrimaryKey": RuleType(1, MANY, False),
        "IsUnique": RuleType(1, 1, False),
        "Mean": RuleType(1, 1, True),
        "RowCount": RuleType(0, 1, True),
        "StandardDeviation": RuleType(1, 1, True),
        "Sum": RuleType(1, 1, True),
        "UniqueValueRatio": RuleType(1, 1, True),
        "Uniqueness": RuleType(1, MANY, True),
    }
)
"""The types of rules that are evaluated here."""

ELSEWHERE: Final = (
    "AggregateMatch",
    "DatasetMatch",
    "DetectAnomalies",
    "Entropy",
    "FileFreshness",
    "FileMatch",
    "FileSize",
    "FileUniqueness",
    "ReferentialIntegrity",
    "RowCountMatch",
    "SchemaMatch",
)
"""The types that AWS has besides."""

_SPELLINGS: Final = {"CustomSQL": "CustomSql"}
"""AWS's documents write one type in two ways."""


def type_name(written: str) -> str:
    """The name of a type of rule. Raises UnsupportedFeature, by name, for one that is not there."""
    name = _SPELLINGS.get(written, written)
    if name in RULE_TYPES:
        return name
    if written in ELSEWHERE:
        raise UnsupportedFeature(
            f"the data quality rule {written} is not there yet in Placekeeper. "
            f"Remove it from the ruleset, or use one of {', '.join(RULE_TYPES)}"
        )
    close = get_close_matches(written, [*RULE_TYPES, *ELSEWHERE], n=1)
    hint = f"did you mean {close[0]}?" if close else f"use one of {', '.join(RULE_TYPES)}"
    raise UnsupportedFeature(f"there is no data quality rule '{written}'; {hint}")
