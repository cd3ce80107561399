"""What an expression of Spark's SQL computes from the values of a partition, and how two of them compare."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from placekeeper.model.wording import counted
from placekeeper.rules.catalog.spark_casts import MOMENTS, NUMBERS, WHOLE, Cast, Kind, cast

Row = Callable[[str], Any]
"""The values of one partition by the name of the key."""


class Computed(Struct, frozen=True):
    """An expression: its kind, and its value in a row, None for null.

    `of` raises ValueError for a row in which Spark has null or an error, by its settings.
    """

    kind: Kind
    of: Callable[[Row], Any]


Make = Callable[[Sequence[Computed]], Computed]
"""Makes an expression of its arguments. Raises ValueError for those that it cannot have."""

COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
"""Comparisons by sqlglot's words for them."""


def wrong_number(arguments: Sequence[Computed]) -> ValueError:
    """The error for a function that does not take so many arguments."""
    return ValueError(f"it does not take {counted(len(arguments), 'argument')}")


def constant(kind: Kind, value: Any) -> Computed:
    """An expression that has one value in each row."""
    return Computed(kind, lambda _: value)


def as_kind(one: Computed, wanted: Kind) -> Computed:
    """The expression as a value of another kind. Raises ValueError where there is no such cast."""
    return one if one.kind is wanted else applied(one, wanted, cast(one.kind, wanted))


def taken_as(one: Computed, wanted: Kind) -> Computed:
    """An argument of a function as the kind that this takes. Raises ValueError where Spark takes no such."""
    if one.kind is not wanted and wanted in WHOLE and one.kind not in (*WHOLE, Kind.TEXT, Kind.NULL):
        raise ValueError(f"{one.kind.value} cannot stand for {wanted.value}")
    return as_kind(one, wanted)


def applied(one: Computed, kind: Kind, change: Cast) -> Computed:
    """What a function makes of an expression where it is not null."""

    def of(row: Row) -> Any:
        value = one.of(row)
        return None if value is None else change(value)

    return Computed(kind, of)


def strict(result: Kind, *wanted: Kind, least: int | None = None) -> Callable[[Callable[..., Any]], Make]:
    """A function of arguments of these kinds that is null where one of them is.

    It takes at least `least` of them, all if that is not given.
    """

    def made(function: Callable[..., Any]) -> Make:
        def make(arguments: Sequence[Computed]) -> Computed:
            fewest = len(wanted) if least is None else least
            if not fewest <= len(arguments) <= len(wanted):
                raise wrong_number(arguments)
            casts = [taken_as(one, kind).of for one, kind in zip(arguments, wanted, strict=False)]

            def of(row: Row) -> Any:
                values = [each(row) for each in casts]
                return None if None in values else function(*values)

            return Computed(result, of)

        return make

    return made


def compared(kind: str, left: Computed, right: Computed) -> Callable[[Row], bool | None]:
    """A comparison, None where a side is null. Raises ValueError for sides that do not fit."""
    compare = COMPARISONS[kind]
    common = common_kind(left.kind, right.kind)
    sides = as_kind(left, common), as_kind(right, common)
    if {left.kind, right.kind} == {Kind.TEXT, Kind.INT}:
        sides = applied(sides[0], common, _as_int), applied(sides[1], common, _as_int)
    one, other = sides[0].of, sides[1].of

    def test(row: Row) -> bool | None:
        a, b = one(row), other(row)
        return None if a is None or b is None else compare(a, b)

    return test


def _as_int(value: Any) -> Any:
    """A whole number that a text and an int are compared as: null or not by Spark's ANSI setting, if larger.

    Raises ValueError for a larger one.
    """
    if not -(2**31) <= value < 2**31:
        raise ValueError(
            f"by its ANSI setting Spark takes the text {value} beside an int for null or for the number. "
            f"Compare it with a text, as '{value}'"
        )
    return value


def common_kind(left: Kind, right: Kind) -> Kind:
    """The kind as which Spark compares two. A text takes the kind of the other side.

    Raises ValueError where there is none.
    """
    if left is right or right is Kind.NULL:
        return left
    if left is Kind.NULL:
        return right
    both = {left, right}
    if both <= set(NUMBERS):
        return max(both, key=NUMBERS.index)
    if both == set(MOMENTS):
        return Kind.TIMESTAMP
    if Kind.TEXT in both:
        other = right if left is Kind.TEXT else left
        return {Kind.INT: Kind.LONG, Kind.DECIMAL: Kind.DOUBLE}.get(other, other)
    raise ValueError(f"{left.value} and {right.value} do not go together")
