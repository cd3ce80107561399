"""Comparisons of a partition key with a literal."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from placekeeper.rules.catalog.computed import COMPARISONS
from placekeeper.rules.catalog.expressions import Literal
from placekeeper.rules.catalog.partition_values import (
    FLOATING,
    NULL_VALUE,
    Moment,
    Value,
    base_type,
    comparable_of,
    is_number,
    is_text,
    value_of,
)
from placekeeper.rules.catalog.spark_casts import Kind, NoValue, cast

_Row = Callable[[str], Any]
_Test = Callable[[_Row], bool | None]


def literal_test(kind: str, name: str, type: str, literal: Literal) -> _Test:
    """Whether the value of a key compares so with a literal. Raises ValueError for one of another type."""
    if literal.is_number and not (is_text(type) or is_number(type)):
        raise ValueError(f"{name} is of the type {type}: write '{literal.text}' and not {literal.text}")
    if literal.is_boolean and not is_text(type) and base_type(type) != "boolean":
        raise ValueError(f"{name} is of the type {type}, and {literal.text} is a boolean")
    if literal.is_boolean and is_text(type):
        return _text_beside_boolean(kind, name, literal.text == "true")
    compare, wanted = COMPARISONS[kind], _wanted(literal, type)
    if wanted is None:
        return _with_null(kind, name)
    by_number = is_text(type) and literal.is_number

    def test(row: _Row) -> bool | None:
        value = _number(row(name)) if by_number else row(name)
        return None if value is None else compare(value, wanted)

    return test


def _text_beside_boolean(kind: str, name: str, wanted: bool) -> _Test:
    """A text is a boolean there, as in Spark; unknown if it is none."""
    compare, boolean = COMPARISONS[kind], cast(Kind.TEXT, Kind.BOOLEAN)

    def test(row: _Row) -> bool | None:
        value = row(name)
        try:
            return None if value is None else compare(boolean(value), wanted)
        except NoValue:
            return None

    return test


def _wanted(literal: Literal, type: str) -> Value | Moment:
    """What the values of a key are compared with. A number is exact, unless its key is floating."""
    if literal.is_number and base_type(type) not in FLOATING:
        return value_of(literal.text, "decimal")
    return comparable_of(literal.text, type)


def constant_test(kind: str, left: Literal, right: Literal) -> _Test:
    """A comparison of two literals. Raises ValueError for unlike ones and for an order of null."""
    if left.is_number != right.is_number:
        raise ValueError(f"{left.text} and {right.text} are a number and a text")
    if kind not in ("eq", "neq") and NULL_VALUE in (left.text, right.text):
        raise ValueError(f"{NULL_VALUE} stands for null, which has no order")
    type = "decimal" if left.is_number else "string"
    answer = COMPARISONS[kind](value_of(left.text, type), value_of(right.text, type))
    return lambda _: answer


def _with_null(kind: str, name: str) -> _Test:
    """A comparison with Hive's name for null means the partition of that name (our inference)."""
    if kind == "eq":
        return lambda row: row(name) is None
    if kind == "neq":
        return lambda row: row(name) is not None
    raise ValueError(f"{NULL_VALUE} stands for null, which has no order: write {name} IS NULL")


def _number(value: Value | Moment) -> Decimal | None:
    """A text as a number, as SQL compares it with one; None if it is not a number."""
    try:
        number = value_of(str(value), "decimal")
    except ValueError:
        return None
    return number if isinstance(number, Decimal) else None
