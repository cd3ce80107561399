"""The order that a statement of SQL asks for, where its keys are columns of its result."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from placekeeper.runtime.engines.sql_tokens import (
    Token,
    parts_outside,
    places_outside,
    tokens_of,
    without_blanks,
)

_AFTER: Final = ("limit", "offset", ";")


class SortKey(NamedTuple):
    """A column by its name in small letters, and how rows are sorted by it."""

    name: str
    is_descending: bool
    has_nulls_first: bool


def sort_keys(statement: str, names: Sequence[str]) -> list[SortKey]:
    """The keys of the ORDER BY of a whole statement; empty if one of them is not a column of these names."""
    tokens = without_blanks(tokens_of(statement))
    by = places_outside(tokens, "by")
    places = [place for place in places_outside(tokens, "order") if place + 1 in by]
    if len(places) != 1:
        return []
    begin = places[0] + 2
    ends = [at for word in _AFTER for at in places_outside(tokens, word) if at > begin]
    by_name = Counter(name.lower() for name in names)
    keys = []
    for item in parts_outside(tokens[begin : min(ends, default=len(tokens))], ","):
        if not item:
            return []
        name, *more = item
        order = _order_of(more)
        if order is None or name.kind != "name" or by_name[_plain(name)] != 1:
            return []
        keys.append(SortKey(_plain(name), *order))
    return keys


def _order_of(tokens: Sequence[Token]) -> tuple[bool, bool] | None:
    """Whether descending, and whether nulls come first, as Spark has it by default; None for other words."""
    words = [token.word for token in tokens]
    is_descending = words[:1] == ["desc"]
    if words[:1] in (["asc"], ["desc"]):
        words = words[1:]
    if words in (["nulls", "first"], ["nulls", "last"]):
        return is_descending, words[1] == "first"
    return None if words else (is_descending, not is_descending)


def _plain(name: Token) -> str:
    text = name.text
    return text[1:-1].replace("``", "`").lower() if text.startswith("`") else text.lower()
