"""The tables of a query whose names are plain to see, so that no parser needs to be loaded for it."""

from collections.abc import Sequence
from typing import Final

from placekeeper.runtime.sql.cursor import Cursor

_BEFORE: Final = frozenset({"from", "join"})
_ENDS: Final = frozenset(
    {
        *("where", "group", "order", "sort", "cluster", "distribute", "having", "limit", "union", "except"),
        *("intersect", "minus", "qualify", "select", ";", ""),
    }
)
"""What may come behind the tables of a FROM."""

_UNPLAIN: Final = frozenset({"window", "table", "recursive", "|"})


def plain_names(query: str) -> frozenset[str] | None:
    """The names of one part behind FROM and JOIN, without those of common table expressions.

    None where a name has more parts, or where it is not plain which names are those of tables.
    """
    texts = [*Cursor(query).texts, "", "", "", ""]
    words = [text.lower() for text in texts]
    if _UNPLAIN & set(words) or "with" in words[1:]:
        return None
    made: dict[str, int] = {}  # the names of common table expressions, and where each is whole
    names: set[str] = set()
    for place, word in enumerate(words):
        if word == "as" and place and words[place + 1] == "(":
            made.setdefault(_plain(words[place - 1]), _closing(words, place + 1))
        if word not in _BEFORE:
            continue
        if _has_comma(words, place + 1):
            return None
        if words[place + 1] == "(":
            if words[place + 2] != "select":
                return None
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


def _has_comma(words: Sequence[str], begin: int) -> bool:
    """Whether a comma stands between the tables that begin at a place, outside brackets."""
    depth = 0
    for word in words[begin:]:
        depth += (word == "(") - (word == ")")
        if depth < 0 or (not depth and word in _ENDS):
            return False
        if not depth and word == ",":
            return True
    return False


def _plain(word: str) -> str:
    return word[1:-1].replace("``", "`") if word.startswith("`") else word
