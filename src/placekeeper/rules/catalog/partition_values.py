"""Values of partition keys: texts in the catalog, typed as the table says."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

Value = str | int | float | Decimal | bool | date | datetime | None

Moment = tuple[datetime, int]
"""A time of a day in whole seconds, and the nanoseconds after it."""

NULL_VALUE: Final = "__HIVE_DEFAULT_PARTITION__"
"""How Hive writes a null as the value of a partition key."""

WHOLE_NUMBERS: Final = ("tinyint", "smallint", "int", "integer", "bigint", "byte", "short", "long")
"""Types of whole numbers, with the names that Glue's frames have for them."""

FLOATING: Final = ("float", "double")
"""Types of floating-point numbers."""

_TEXT: Final = re.compile(r"string|(?:var)?char(?:\(\s*\d+\s*\))?")
_BOOLEANS: Final = {"true": True, "false": False}


@lru_cache(256)  # a table has few types, and each is asked for with each value
def is_text(type: str) -> bool:
    """Whether a type of Hive holds texts."""
    return _TEXT.fullmatch(type.strip().lower()) is not None


def is_number(type: str) -> bool:
    """Whether a type of Hive holds numbers."""
    return base_type(type) in _NUMBERS


def value_of(text: str, type: str) -> Value:
    """Parse a partition value; None is null.

    Raises ValueError for a text that is not of the type, and for a type that partition keys cannot have here.
    """
    if text == NULL_VALUE:
        return None
    word = type.strip().lower()
    if is_text(word):
        return text
    parse = _PARSERS.get(base_type(word))
    if parse is None:
        raise ValueError(f"partition keys of the type {type} cannot be read")
    try:
        return parse(text.strip())
    except (ValueError, KeyError, InvalidOperation, OverflowError):
        raise ValueError(f"'{text}' is not of the type {type}") from None


def comparable_of(text: str, type: str) -> Value | Moment:
    """A partition value as predicates compare it: `value_of`, but moments have all nine digits of a second.

    Raises ValueError as `value_of` does.
    """
    value = value_of(text, type)
    if not isinstance(value, datetime):
        return value
    fraction = _FRACTION.search(text)
    digits = fraction[1] if fraction else ""
    if len(digits) > _DIGITS_OF_A_SECOND:
        raise ValueError(f"'{text}' is not of the type {type}")
    return value.replace(microsecond=0), int(digits.ljust(_DIGITS_OF_A_SECOND, "0"))


@lru_cache(256)
def base_type(type: str) -> str:
    """The name of a type without its length or digits: `decimal` of `decimal(10,2)`."""
    return type.strip().lower().partition("(")[0].rstrip()


def inferred_type(texts: Iterable[str]) -> str:
    """The type that Spark infers for the values of `key=value` folders, among Hive's; string if in doubt."""
    known = [text for text in texts if text != NULL_VALUE]
    if not known:
        return "string"
    if all(map(_INTEGER.fullmatch, known)):
        largest = max(abs(int(text)) for text in known)
        return "int" if largest < _INT_BOUND else "bigint" if largest < _LONG_BOUND else "string"
    if all(map(_NUMBER.fullmatch, known)):
        return "double"
    for type, spelled in (("date", _ISO_DATE), ("timestamp", _ISO_TIMESTAMP)):
        if all(map(spelled.fullmatch, known)) and all(_is_of(text, type) for text in known):
            return type
    return "string"


def _is_of(text: str, type: str) -> bool:
    try:
        value_of(text, type)
    except ValueError:
        return False
    return True


def _decimal(text: str) -> Decimal:
    if _NUMBER.fullmatch(text) is None:  # Decimal() would accept 2_026, digits of other scripts, and NaN
        raise ValueError
    return Decimal(text)


def _floating(text: str) -> float:
    if _NUMBER.fullmatch(text) is None and _NO_FINITE_NUMBER.fullmatch(text) is None:
        raise ValueError
    return float(text)


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) is None:  # int() would accept 2_026
        raise ValueError
    return int(text)


def _date(text: str) -> date:
    found = _DATE.fullmatch(text)
    if found is None:  # date.fromisoformat() would accept 20260102 and 2026-W01-1
        raise ValueError
    return date(*map(int, found.groups()))


def _timestamp(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


_INT_BOUND: Final = 2**31
_LONG_BOUND: Final = 2**63
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NO_FINITE_NUMBER: Final = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE | re.ASCII)
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_TIMESTAMP: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
)
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_FRACTION: Final = re.compile(r":[0-9]{2}[.,]([0-9]+)")
_DIGITS_OF_A_SECOND: Final = 9
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_NUMBERS: Final[dict[str, Callable[[str], Value]]] = {
    **dict.fromkeys(WHOLE_NUMBERS, _integer),
    **dict.fromkeys(FLOATING, _floating),
    "decimal": _decimal,
}
_PARSERS: Final[dict[str, Callable[[str], Value]]] = {
    **_NUMBERS,
    "boolean": lambda text: _BOOLEANS[text.lower()],
    "date": _date,
    "timestamp": _timestamp,
}
