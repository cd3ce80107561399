"""Values of partition keys: texts in the catalog, typed as the table says."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

Value = str | int | float | Decimal | bool | date | datetime | None

NULL_VALUE: Final = "__HIVE_DEFAULT_PARTITION__"
"""How Hive writes a null as the value of a partition key."""

_TEXT: Final = re.compile(r"string|(?:var)?char(?:\(\s*\d+\s*\))?")
_BOOLEANS: Final = {"true": True, "false": False}


def is_text(type: str) -> bool:
    """Whether a type of Hive holds texts."""
    return _TEXT.fullmatch(type.strip().lower()) is not None


def value_of(text: str, type: str) -> Value:
    """A value as the type has it; None is null. Raises ValueError for a text that is none of the type, and
    for a type that partition keys cannot have here."""
    if text == NULL_VALUE:
        return None
    word = type.strip().lower()
    if is_text(word):
        return text
    parse = _PARSERS.get(word.partition("(")[0])
    if parse is None:
        raise ValueError(f"a partition key of the type {type} cannot be read")
    try:
        return parse(text.strip())
    except (ValueError, KeyError, InvalidOperation):
        raise ValueError(f"'{text}' is no {type}") from None


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError
    return value


_PARSERS: Final[dict[str, Callable[[str], Value]]] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint"), int),
    **dict.fromkeys(("float", "double"), float),
    "decimal": _decimal,
    "boolean": lambda text: _BOOLEANS[text.lower()],
    "date": date.fromisoformat,
    "timestamp": lambda text: datetime.fromisoformat(text).replace(tzinfo=None),
}
