"""Patterns over names of tables: GetTables' Expression.

AWS documents a regular expression, and its catalog takes Hive's patterns too, which clients send: `*` for any
text and `|` for one or the other. Both are understood. RE2 matches them (Arrow has it): it takes linear time
for every pattern, and has what Java's patterns have except looking around, references and possessive counts.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.errors import InvalidInputException

NameTest = Callable[[Sequence[str]], Sequence[bool]]
"""Whether each of some names matches."""

_TOKEN: Final = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\[\^?\\?.(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_IN_SETS_OF_JAVA: Final = re.compile(r"(?<!\\)(?:\\\\)*(?:\[|&&)")
_LITERAL: Final = re.compile(r"[\w \-]")


def name_test(pattern: str) -> NameTest:
    """Compile a pattern, which must match the whole name; case does not count.

    Raises InvalidInputException for a pattern that is not understood.
    """
    translated = "".join(_translated(pattern))
    _matches([""], translated, pattern)  # by itself: in brackets, it might begin with a closing one
    return lambda names: _matches(names, f"^(?:{translated})$", pattern)


def _translated(pattern: str) -> Iterator[str]:
    """The tokens of a pattern; a star that counts nothing, or a single character, is any text."""
    before = ""
    for token in _TOKEN.findall(pattern):
        if len(token) > 2 and token[0] == "[" and _IN_SETS_OF_JAVA.search(token[1:]):
            raise _refused(pattern, f"sets inside of sets, as in {token}, are not supported")
        is_wildcard = token == "*" and (before in ("", "*", "|", "(", "^") or _LITERAL.fullmatch(before))
        yield ".*" if is_wildcard else token
        before = token if is_wildcard or token != "*" else "counted"


def _matches(names: Sequence[str], translated: str, pattern: str) -> Sequence[bool]:
    try:
        found = pc.match_substring_regex(pa.array(names, pa.string()), translated, ignore_case=True)
    except pa.ArrowInvalid as error:
        raise _refused(pattern, str(error).partition("\n")[0]) from None
    matches: list[bool] = found.to_pylist()
    return matches


def _refused(pattern: str, why: str) -> InvalidInputException:
    return InvalidInputException(
        f"The Expression {pattern!r} is not understood: {why}. Write a regular expression without (?=…), "
        "(?!…) and references, or a pattern such as sales_*|orders"
    )
