"""Values of partition keys as texts that are in the order of the values: by these the store finds partitions.

They narrow a search and decide nothing: texts are cut off, so different values may have the same text. The
order is that of code points, which SQLite and PostgreSQL (collation C) have too.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from placekeeper.rules.catalog.partition_values import (
    WHOLE_NUMBERS,
    base_type,
    comparable_of,
    is_text,
)

PLACES: Final = 3
"""How many keys of a table have such a text."""

NULL: Final = ""
"""The text of a null."""

LEAST: Final = "="
"""At most the text of any value that is not null."""

LENGTH: Final = 40
"""How many characters of a text count. An entry of an index in PostgreSQL has at most 2,704 bytes, of which
the names of a database and of a table take up to 2,040."""

_BOUND: Final = 10**19
"""Whole numbers beyond it have no text here."""


def order_texts(values: Sequence[str], types: Sequence[str]) -> Sequence[str | None]:
    """The texts of a partition's first values. All are None if one of these values cannot be read.

    A value whose type is not ordered here (`is_ordered`), and a key that is not there, have the text of a
    null.
    """
    texts = [order_text(value, type) for value, type in zip(values, types, strict=False)][:PLACES]
    if None in texts or len(values) != len(types):
        return [None] * PLACES
    return [*texts, *[NULL] * (PLACES - len(texts))]


def is_ordered(type: str) -> bool:
    """Whether values of a type have texts in their order."""
    return is_text(type) or base_type(type) in (*WHOLE_NUMBERS, "date", "timestamp")


def order_text(value: str, type: str) -> str | None:
    """The text of one value; None for one that cannot be read, or is too large."""
    if not is_ordered(type):
        return NULL
    try:
        found = comparable_of(value, type)
    except ValueError:
        return None
    match found:
        case None:
            return NULL
        case str():
            return LEAST + found.partition("\0")[0][:LENGTH]
        case int():
            return _of_number(found)
        case datetime(), int(nanoseconds):
            return f"{LEAST}{found[0].isoformat()}.{nanoseconds:09}"
        case date():
            return LEAST + found.isoformat()
        case _:
            return None


def _of_number(value: int) -> str | None:
    if not -_BOUND < value < _BOUND:
        return None
    return f"{LEAST}{int(value >= 0)}{value % _BOUND:019}"
