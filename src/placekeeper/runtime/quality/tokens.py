"""The words of a text in DQDL."""

import re
from typing import Final

from msgspec import Struct

from placekeeper.model.errors import UsageError

_TOKEN: Final = re.compile(
    r"""
      (?P<space>\s+|\#[^\n]*|//[^\n]*)
    | (?P<string>"(?:\\.|[^"\\])*")
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
    | (?P<word>\$?[A-Za-z_][A-Za-z0-9_]*)
    | (?P<symbol><=|>=|!=|[=<>\[\](),+\-])
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(Struct, frozen=True):
    """A word: `kind` is string, number, word, symbol or end. `begin` and `end` are its place in the text."""

    kind: str
    text: str
    begin: int
    end: int

    @property
    def lower(self) -> str:
        """The word in lower case; a string has none, since it is no word of the language."""
        return self.text.lower() if self.kind in ("word", "symbol") else ""

    @property
    def value(self) -> str:
        """The content of a string: `\\"` stands for a quotation mark, any other backslash for itself."""
        return self.text[1:-1].replace('\\"', '"')


def tokens_of(text: str) -> list[Token]:
    """The words of a text, and an end. Raises UsageError for a character that begins no word."""
    tokens, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise UsageError(
                f"the data quality ruleset has an unexpected {text[place]!r} in line {line_of(text, place)}"
            )
        if match.lastgroup != "space":
            tokens.append(Token(str(match.lastgroup), match[0], match.start(), match.end()))
        place = match.end()
    return [*tokens, Token("end", "", len(text), len(text))]


def line_of(text: str, place: int) -> int:
    """The line of a place in a text, from 1."""
    return text.count("\n", 0, place) + 1
