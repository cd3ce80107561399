"""The tables of a query whose names are plain to see, so that no parser needs to be loaded for it."""

from collections.abc import Sequence
from typing import Final

from placekeeper.runtime.sql.cursor import Cursor

_BEFORE: Final = frozenset({"from", "join"})
_NO_ALIAS: Final = frozenset(
    {
        *("where", "group", "order", "sort", "cluster", "distribute", "having", "limit", "union", "except"),
        *("intersect", "minus", "on", "using", "join", "inner", "left", "right", "full", "cross", "semi"),
        *("anti", "natural", "lateral", "window", "qualify", "select", ")", ";"),
    }
)


def plain_names(query: str) -> frozenset[str] | None:
    """The names of one part behind FROM and JOIN, without those of common table expressions.

    None where a name has more parts, or where it is not plain which names are those of tables.
    """
    texts = [*Cursor(query).texts, "", "", "", ""]
    words = [text.lower() for text in texts]
    if "window" in words or "table" in words:
        return None
    made: dict[str, int] = {}  # the names of common table expressions, and where each is whole
    names: set[str] = set()
    for place, word in enumerate(words):
        if word == "as" and place and words[place + 1] == "(":
            made.setdefault(_plain(words[place - 1]), _closing(words, place + 1))
        if word not in _BEFORE:
            continue
        is_query = words[place + 1] == "("
        end = _closing(words, place + 1) if is_query else place + 1
        if end < 0 or _next_after_alias(words, end + 1) == ",":
            return None
        if is_query:
            continue
        name = texts[place + 1]
        if not (name.startswith("`") or name.isidentifier()) or words[place + 2] in (".", "("):
            return None
        if place < made.get(_plain(name).lower(), place + 1):
            names.add(_plain(name))
    return frozenset(names)


def _closing(words: Sequence[str], begin: int) -> int:
    depth = 0
    for place in range(begin, len(words)):
        depth += (words[place] == "(") - (words[place] == ")")
        if not depth:
            return place
    return -1


def _next_after_alias(words: Sequence[str], place: int) -> str:
    """The word behind an alias, if there is one at a place."""
    if words[place] == "as":
        return words[place + 2]
    has_alias = words[place] not in _NO_ALIAS and words[place] not in ("", ",", "(")
    return words[place + 1] if has_alias else words[place]


def _plain(word: str) -> str:
    return word[1:-1].replace("``", "`") if word.startswith("`") else word
