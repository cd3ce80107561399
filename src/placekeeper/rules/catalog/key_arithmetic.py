"""Arithmetic in expressions over partition keys: numbers, and dates and times that are moved.

Source: docs/reference/awsglue.md#functions-of-predicates.
"""

import operator
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from placekeeper.rules.catalog.computed import Computed, Row, applied, as_kind, common_kind
from placekeeper.rules.catalog.key_functions import moved_by_days, moved_by_months
from placekeeper.rules.catalog.spark_casts import BITS, WHOLE, Kind, within

_MONTHS: Final = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_SECONDS: Final = {"WEEK": 604_800, "DAY": 86_400, "HOUR": 3_600, "MINUTE": 60, "SECOND": 1}


class Interval(Struct, frozen=True):
    """Months and seconds, by which a date or a time is moved."""

    months: int
    seconds: int


def interval_of(count: int, unit: str) -> Interval:
    """So many units, such as `DAYS`. Raises ValueError for a unit that there is not."""
    word = unit.upper().removesuffix("S")
    if word in _MONTHS:
        return Interval(count * _MONTHS[word], 0)
    if word not in _SECONDS:
        raise ValueError(f"there is no INTERVAL of {unit}")
    return Interval(0, count * _SECONDS[word])


def added(left: Computed | Interval, right: Computed | Interval, sign: int) -> Computed:
    """A sum of numbers, or a date or a time that is moved; with `sign` -1 the difference.

    Raises TypeError for sides that have none.
    """
    if isinstance(left, Interval) and sign > 0:
        left, right = right, left
    if isinstance(left, Interval):
        raise TypeError
    if isinstance(right, Interval):
        return _moved(left, Interval(sign * right.months, sign * right.seconds))
    if left.kind is Kind.DATE and right.kind in WHOLE:
        return _pair(Kind.DATE, left, right, lambda day, days: moved_by_days(day, sign * days))
    if right.kind is Kind.DATE and left.kind in WHOLE and sign > 0:
        return _pair(Kind.DATE, right, left, moved_by_days)
    return whole([left, right], operator.add if sign > 0 else operator.sub)


def _moved(one: Computed, by: Interval) -> Computed:
    if one.kind is Kind.DATE and by.seconds % _SECONDS["DAY"] == 0:
        days = by.seconds // _SECONDS["DAY"]
        return applied(one, Kind.DATE, lambda day: moved_by_days(moved_by_months(day, by.months), days))

    def later(at: datetime) -> datetime:
        day = moved_by_months(at.date(), by.months)
        try:
            return datetime.combine(day, at.time()) + timedelta(seconds=by.seconds)
        except OverflowError:
            raise ValueError(f"{by.seconds} seconds after {at}") from None

    if one.kind is Kind.TEXT:
        raise TypeError  # Spark takes a text beside an interval for a time, or a date, by its settings
    return applied(as_kind(one, Kind.TIMESTAMP), Kind.TIMESTAMP, later)


def divided(left: Computed, right: Computed) -> Computed:
    """A quotient, which is floating. Raises TypeError for decimals, whose digits Spark has rules for."""
    if Kind.DECIMAL in (left.kind, right.kind):
        raise TypeError
    return _pair(Kind.DOUBLE, as_kind(left, Kind.DOUBLE), as_kind(right, Kind.DOUBLE), _ratio)


def _ratio(a: float, b: float) -> float:
    if b == 0:
        raise ValueError(f"{a} divided by 0")
    return a / b


def quotient(a: int, b: int) -> int:
    """A whole quotient, cut off towards zero. Raises ValueError for a division by 0."""
    if b == 0:
        raise ValueError(f"{a} divided by 0")
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def remainder(a: int, b: int) -> int:
    """What a division leaves, with the sign of what is divided. Raises ValueError for a division by 0."""
    return a - b * quotient(a, b)


def whole(sides: Sequence[Computed], calculate: Callable[[int, int], int]) -> Computed:
    """Arithmetic of whole numbers; a text beside one is one. Raises TypeError for other numbers."""
    left, right = sides
    kind = common_kind(left.kind, right.kind)
    if kind not in WHOLE:
        raise TypeError
    one, other = as_kind(left, kind), as_kind(right, kind)
    return _pair(kind, one, other, lambda a, b: within(calculate(a, b), BITS[kind]))


def _pair(kind: Kind, left: Computed, right: Computed, calculate: Callable[[Any, Any], Any]) -> Computed:
    def of(row: Row) -> Any:
        a, b = left.of(row), right.of(row)
        return None if a is None or b is None else calculate(a, b)

    return Computed(kind, of)
