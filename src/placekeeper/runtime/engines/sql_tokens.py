"""The tokens of SQL text: enough of them to find casts and calls, and to leave all else letter by letter."""

import re
from typing import Final

from msgspec import Struct

_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<quoted>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
      | (?P<name>`(?:``|[^`])*`|[^\W\d]\w*)
      | (?P<other>\d\w*|.)""",
    re.VERBOSE | re.DOTALL,
)


class Token(Struct, frozen=True):
    """A piece of SQL text; `kind` is blank, quoted, name or other."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """The text in small letters, nothing of what is quoted."""
        return self.text.lower() if self.kind != "quoted" else ""


def tokens_of(sql: str) -> list[Token]:
    """The tokens of a text, which together are the text."""
    return [Token(str(match.lastgroup), match[0]) for match in _TOKEN.finditer(sql)]


def opening(tokens: list[Token], end: int) -> int:
    """The place of the bracket that the one at `end` closes; -1 where there is none."""
    depth = 0
    for place in range(end, -1, -1):
        depth += (tokens[place].text in (")", "]")) - (tokens[place].text in ("(", "["))
        if not depth:
            return place
    return -1


def places_outside(tokens: list[Token], word: str) -> list[int]:
    """The places of a word outside brackets."""
    depth, found = 0, []
    for place, token in enumerate(tokens):
        depth += (token.word == "(") - (token.word == ")")
        if not depth and token.word == word:
            found.append(place)
    return found


def parts_outside(tokens: list[Token], word: str) -> list[list[Token]]:
    """The tokens between the places of a word outside brackets: one part more than places."""
    places = places_outside(tokens, word)
    ends = [*places, len(tokens)]
    begins = [0, *(place + 1 for place in places)]
    return [tokens[begin:end] for begin, end in zip(begins, ends, strict=True)]


def closing(tokens: list[Token], begin: int) -> int:
    """The place of the bracket that closes the one at `begin`; -1 where there is none."""
    if begin == len(tokens) or tokens[begin].word != "(":
        return -1
    depth = 0
    for place in range(begin, len(tokens)):
        depth += (tokens[place].word == "(") - (tokens[place].word == ")")
        if not depth:
            return place
    return -1


def skip_blank(tokens: list[Token], place: int) -> int:
    """The next place without a blank or a comment."""
    while place < len(tokens) and tokens[place].kind == "blank":
        place += 1
    return place


def last_before(tokens: list[Token], place: int) -> int:
    """The place before another one without a blank or a comment; -1 where there is none."""
    place -= 1
    while place >= 0 and tokens[place].kind == "blank":
        place -= 1
    return place


def without_blanks(tokens: list[Token]) -> list[Token]:
    """The tokens that mean something."""
    return [token for token in tokens if token.kind != "blank"]


def quoted(name: str) -> str:
    """A name in backticks, so that its dots are dots."""
    return f"`{name.replace('`', '``')}`"


def text_of(tokens: list[Token]) -> str:
    """The text of tokens."""
    return "".join(token.text for token in tokens)
