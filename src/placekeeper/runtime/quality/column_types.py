"""ColumnDataType: the types that values may be tested for."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.quality.ruleset import Condition

TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "BOOLEAN": "boolean",
        "DATE": "date",
        "DOUBLE": "double",
        "FLOAT": "float",
        "INTEGER": "int",
        "LONG": "bigint",
        "TIMESTAMP": "timestamp",
    }
)
"""AWS's names of types, and those of the engines."""

_DECIMAL: Final = re.compile(r"DECIMAL\((\d+), ?(\d+)\)")

_MOST_DIGITS: Final = 38


def check_type(condition: Condition | None) -> None:
    """Raises UnsupportedFeature unless a condition is `=` or `!=` and one of the types."""
    engine_type(condition)


def engine_type(condition: Condition | None) -> str:
    """The engines' name of the type that a condition names, in any case. Raises as `check_type`."""
    if condition is not None and condition.operator in ("=", "!="):
        name = str(condition.operands[0]).upper()
        if name in TYPES:
            return TYPES[name]
        decimal = _DECIMAL.fullmatch(name)
        if decimal and 0 <= int(decimal[2]) <= int(decimal[1]) <= _MOST_DIGITS:
            return name.lower()
    raise UnsupportedFeature(
        "the data quality rule ColumnDataType takes = or != and one of the types "
        f"{', '.join(TYPES)} and DECIMAL(p,s), in quotation marks"
    )


def has_type(column: Column, condition: Condition) -> Column:
    """Whether each value, as a text, can be cast to the type, or cannot with `!=`; never null. A null cannot.

    Engines differ about the suffixes of Java's numbers, as in 1.5f, and about what may follow a date.
    """
    text, name = column.cast("string"), engine_type(condition)
    if name == "date":
        text = F.regexp_replace(F.trim(text), "[T ].*$", "")
    can = text.try_cast(name).isNotNull()
    if name in ("double", "float"):
        can = can & ~text.rlike("[0-9.][dDfF] *$")
    met = F.coalesce(can, F.lit(False))
    return ~met if condition.operator == "!=" else met
