"""Values of DynamoDB's items, with and without the types that its API writes around them.

Source: docs/reference/dynamodb.md#dynamodb-types.
"""

import base64
from collections.abc import Mapping
from decimal import Context, Decimal, Inexact
from typing import Any, Final

NUMBER_DIGITS: Final = 38
"""The most significant digits of a number."""

_SMALLEST, _LARGEST = Decimal("1E-130"), Decimal("9.9999999999999999999999999999999999999E+125")
_LONG_BOUND: Final = 2**63
_EXACT: Final = Context(prec=NUMBER_DIGITS, traps=[])
_TYPES: Final = frozenset({"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"})


def plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item of the API's JSON as plain values, by the names of its attributes. Binary values are base64.

    Raises ValueError for a type that DynamoDB does not have.
    """
    return {name: plain_value(value) for name, value in item.items()}


def plain_value(value: Mapping[str, Any]) -> Any:
    """One value: text, number, bytes, truth value, None, dict or list; sets are lists."""
    ((kind, held),) = value.items()
    if kind == "S" or kind == "BOOL":
        return held
    if kind == "N":
        return number(held)
    if kind == "M":
        return {name: plain_value(one) for name, one in held.items()}
    if kind == "L":
        return [plain_value(one) for one in held]
    if kind == "NULL":
        return None
    if kind == "SS":
        return list(held)
    if kind == "NS":
        return [number(one) for one in held]
    if kind == "B":
        return base64.b64decode(held)
    if kind == "BS":
        return [base64.b64decode(one) for one in held]
    raise ValueError(f"a value has the type {kind}, and the types are {', '.join(sorted(_TYPES))}")


def number(text: str) -> int | float | Decimal | str:
    """A number with all its digits: whole, else as a double that has just these, else as a decimal.

    It stays a text where no decimal of 38 digits has room for it.
    """
    try:
        whole = int(text)
    except ValueError:
        pass
    else:
        return _whole(whole, text)
    exact = Decimal(text)
    if exact == exact.to_integral_value() and exact.adjusted() < NUMBER_DIGITS:
        return _whole(int(exact), text)
    double = float(text)
    if Decimal(repr(double)) == exact:
        return double
    return exact if _fits(exact) else text


def _whole(value: int, text: str) -> int | float | Decimal | str:
    if -_LONG_BOUND <= value < _LONG_BOUND:
        return value
    if len(str(abs(value))) <= NUMBER_DIGITS:
        return Decimal(value)
    return float(text) if Decimal(repr(float(text))) == value else text


def _fits(exact: Decimal) -> bool:
    """Whether a decimal type of 38 digits holds it."""
    _, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - a number is finite
    scale = max(0, -exponent)
    return scale <= NUMBER_DIGITS and max(len(digits) + exponent, 0) + scale <= NUMBER_DIGITS


def number_text(value: Decimal) -> str:
    """A number as the API takes it. Raises ValueError for one that DynamoDB does not hold exactly."""
    if not value.is_finite():
        raise ValueError(f"{value} is no number that DynamoDB holds")
    size = abs(value)
    if size and not _SMALLEST <= size <= _LARGEST:
        raise ValueError(f"{value} is beyond the numbers of DynamoDB, which go from 1E-130 to 1E+126")
    context = _EXACT.copy()
    rounded = context.plus(value)
    if context.flags[Inexact]:
        raise ValueError(f"{value} has more than the {NUMBER_DIGITS} digits of DynamoDB's numbers")
    return str(rounded)
