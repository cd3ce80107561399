"""Conditions, on a number and on the values of a column."""

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import reduce
from types import MappingProxyType
from typing import Any, Final

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as spark_types

from placekeeper.model.errors import UsageError
from placekeeper.runtime.quality.ruleset import Condition, Keyword, Now, Operand

_COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType(
    {
        "=": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)


def holds(condition: Condition, value: float) -> bool:
    """Whether a number fulfils a condition. Raises UsageError for an operand that is no number."""
    operands = [float(_number(operand)) for operand in condition.operands]
    name = condition.operator.removeprefix("not ")
    if name in _COMPARE:
        return bool(_COMPARE[name](value, operands[0]))
    if name == "between":
        is_met = operands[0] < value < operands[1]
    elif name == "in":
        is_met = value in operands
    else:
        raise UsageError("a data quality rule compares a number by 'matches'; use =, <, > or between")
    return is_met != condition.operator.startswith("not ")


def _number(operand: Operand) -> Decimal:
    if isinstance(operand, Decimal):
        return operand
    try:
        return Decimal(operand) if isinstance(operand, str) else Decimal("sNaN")
    except InvalidOperation:
        raise UsageError(f"a data quality rule compares a number with {operand!r}") from None


def fulfils(condition: Condition, column: Column, data_type: Any, now_ms: int) -> Column:
    """Whether each value of a column fulfils a condition; never null.

    A null fulfils `!=` and `not in`, unless these name NULL, and no other condition but `= NULL` and `in`
    with NULL. `between` leaves its bounds out, so `not between` has them.
    """
    name = condition.operator.removeprefix("not ")
    is_negated = condition.operator.startswith("not ") or name == "!="
    if name in ("=", "!=", "in"):
        met = reduce(
            operator.or_,
            [_equals(column, data_type, operand, now_ms) for operand in condition.operands],
            F.lit(False),
        )
        return ~met if is_negated else met
    if name == "matches":
        pattern = str(condition.operands[0])
        met = F.regexp_extract(column.cast("string"), pattern, 0) != ""
    else:
        pairs = [_comparable(column, data_type, operand, now_ms) for operand in condition.operands]
        if name == "between":
            (left, low), (_, high) = pairs
            met = (left > low) & (left < high)
        else:
            left, right = pairs[0]
            met = _COMPARE[name](left, right)
    return F.coalesce(~met if is_negated else met, F.lit(False))


def _equals(column: Column, data_type: Any, operand: Operand, now_ms: int) -> Column:
    if operand is Keyword.NULL:
        return column.isNull()
    if operand is Keyword.EMPTY:
        return F.coalesce(column.cast("string") == "", F.lit(False))
    if operand is Keyword.WHITESPACES_ONLY:
        text = column.cast("string")
        return F.coalesce(text.rlike(r"^\s+$"), F.lit(False))
    left, right = _comparable(column, data_type, operand, now_ms)
    return F.coalesce(left == right, F.lit(False))


def _comparable(column: Column, data_type: Any, operand: Operand, now_ms: int) -> tuple[Column, Column]:
    """A column and an operand as values of one type; a value that has no such form is null."""
    if isinstance(operand, Keyword):
        raise UsageError(f"a data quality rule compares by size with {operand.value}; use = or in")
    if isinstance(operand, Now):
        at = datetime.fromtimestamp(now_ms / 1000, tz=UTC) + operand.offset
        return as_time(column, data_type), F.lit(f"{at:%Y-%m-%d %H:%M:%S.%f}").cast("timestamp")
    if isinstance(operand, str) and isinstance(data_type, spark_types.DateType | spark_types.TimestampType):
        return as_time(column, data_type), F.lit(operand).try_cast("timestamp")
    if isinstance(operand, str) and not isinstance(data_type, spark_types.NumericType):
        return column.cast("string"), F.lit(operand)
    number = _number(operand)
    is_number = isinstance(data_type, spark_types.NumericType)
    literal = F.lit(int(number)) if number == number.to_integral_value() else F.lit(float(number))
    return column if is_number else column.try_cast("double"), literal


def as_time(column: Column, data_type: Any) -> Column:
    """A column as timestamps; a text that is none is null."""
    return (
        column.try_cast("timestamp")
        if isinstance(data_type, spark_types.StringType)
        else column.cast("timestamp")
    )
