"""A reader of the words of a text in DQDL, one after the other."""

from typing import NoReturn

from placekeeper.model.errors import UsageError
from placekeeper.runtime.quality.tokens import Token, line_of, tokens_of


class Words:
    """The words of a text, and the place of the next one.

    Raises UsageError for a character that begins no word, and where another word is expected.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._place = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        self._place += token.kind != "end"
        return token

    def _accept(self, *words: str) -> str | None:
        """Take the next word if it is one of these; the word in lower case."""
        if self._next.lower in words:
            return self._take().lower
        return None

    def _expect(self, *words: str) -> str:
        return self._accept(*words) or self._fail(" or ".join(f"'{word}'" for word in words))

    def _fail(self, wanted: str) -> NoReturn:
        token = self._next
        found = f"'{token.text}'" if token.kind != "end" else "its end"
        line = line_of(self._text, token.begin)
        raise UsageError(f"the data quality ruleset, line {line}: expected {wanted}, and found {found}")

    def _line(self) -> int:
        """The line of the next word, from 1."""
        return line_of(self._text, self._next.begin)

    def _written(self, begin: int) -> str:
        """The text from `begin` to the last word taken, with single blanks."""
        return " ".join(self._text[begin : self._tokens[self._place - 1].end].split())
