"""Values of partition keys in other spellings: for a key of the type int, 05 and 5 are one value.

Source: docs/reference/sql.md#spellings.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from placekeeper.model.catalog import KeyRange
from placekeeper.rules.catalog.key_order import order_text
from placekeeper.rules.catalog.partition_values import Value, is_text, value_of

_MOST_NAMED: Final = 100
"""How many values a search names; of more it looks between the first and the last."""


def typed_value(text: str, type: str) -> Value:
    """A value of its type; the text where it is none."""
    try:
        return value_of(text, type)
    except ValueError:
        return text


def typed_values(texts: Sequence[str], types: Sequence[str]) -> tuple[Value, ...]:
    """The values of a partition, of their types."""
    return tuple(typed_value(text, type) for text, type in zip(texts, types, strict=True))


def have_spellings(types: Sequence[str]) -> bool:
    """Whether values of these types may have several spellings; texts have one."""
    return not all(map(is_text, types))


def spelled_as(
    wanted: Sequence[Sequence[str]], types: Sequence[str]
) -> Mapping[tuple[Value, ...], tuple[str, ...]]:
    """Values as they are wanted, by what they mean."""
    return {typed_values(texts, types): tuple(texts) for texts in wanted}


def ranges_of(wanted: Sequence[Sequence[str]], types: Sequence[str]) -> tuple[KeyRange, ...]:
    """Where all spellings of values are found, by the first key."""
    texts = {order_text(values[0], types[0]) for values in wanted}
    known = sorted(text for text in texts if text is not None)
    if not known or len(known) < len(texts):
        return ()
    if len(known) > _MOST_NAMED:
        return (KeyRange(low=known[0], high=known[-1]),)
    return (KeyRange(among=tuple(known)),)
