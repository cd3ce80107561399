"""A place in the text of a statement: takes words, names, strings and what is in brackets, in turn."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from placekeeper.runtime.engines.sql_tokens import Token, closing, tokens_of

Parts = tuple[str, ...]
"""A name of one or more parts, without backticks, as it is written."""

_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}
_TYPED_NUMBER: Final = re.compile(r"(-?[0-9.]+)(?:[lsydf]|bd)")
"""A number with the letters that say its type: 5L."""


class NotUnderstood(Exception):
    """A statement has another form than what is read here; the text says what was expected."""


class Wrong(NotUnderstood):
    """A statement is understood, and what it says cannot be; the text is the whole message, as Spark's."""


class Placed(Struct, frozen=True):
    """A token, and where it begins in the text."""

    token: Token
    begin: int


class Cursor:
    """Goes through the tokens of a statement, without blanks and comments."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens: list[Placed] = []
        begin = 0
        for token in tokens_of(text):
            if token.kind != "blank":
                self._tokens.append(Placed(token, begin))
            begin += len(token.text)
        while self._tokens and self._tokens[-1].token.text == ";":
            self._tokens.pop()
        self._place = 0

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return self._place >= len(self._tokens)

    @property
    def texts(self) -> Sequence[str]:
        """What is left, a text for each token."""
        return [one.token.text for one in self._tokens[self._place :]]

    @property
    def begin(self) -> int:
        """Where the next token begins; the end of the text if there is none."""
        return len(self.text) if self.is_at_end else self._tokens[self._place].begin

    def words(self, count: int) -> Sequence[str]:
        """The next words in small letters, without moving on."""
        return [one.token.word for one in self._tokens[self._place : self._place + count]]

    def take(self, *words: str) -> bool:
        """Move on behind these words, if they come next."""
        if list(self.words(len(words))) != list(words):
            return False
        self._place += len(words)
        return True

    def take_one(self, *words: str) -> str:
        """Move on behind one of these words, if it comes next; it, or nothing."""
        return next((word for word in words if self.take(word)), "")

    def need(self, *words: str) -> None:
        """Move on behind these words. Raises NotUnderstood."""
        if not self.take(*words):
            raise NotUnderstood(f"{' '.join(words).upper()} was expected{self._here()}")

    def name(self) -> Parts:
        """A name of one or more parts. Raises NotUnderstood."""
        parts = [self.identifier()]
        while self.take("."):
            parts.append(self.identifier())
        return tuple(parts)

    def identifier(self) -> str:
        """One part of a name, without backticks. Raises NotUnderstood."""
        if self.is_at_end or self._tokens[self._place].token.kind != "name":
            raise NotUnderstood(f"a name was expected{self._here()}")
        text = self._tokens[self._place].token.text
        self._place += 1
        return text[1:-1].replace("``", "`") if text.startswith("`") else text

    @property
    def is_at_string(self) -> bool:
        """Whether a text in quotes comes next."""
        return not self.is_at_end and self._tokens[self._place].token.kind == "quoted"

    def string(self) -> str:
        """A text in quotes. Raises NotUnderstood."""
        if not self.is_at_string:
            raise NotUnderstood(f"a text in quotes was expected{self._here()}")
        text = self._tokens[self._place].token.text
        self._place += 1
        return unquoted(text)

    def literal(self) -> str | None:
        """The text of a literal: a string, a number, true, false; None for null. Raises NotUnderstood."""
        if self.is_at_string:
            return self.string()
        if self.take("null"):
            return None
        if self.take("date") or self.take("timestamp"):
            return self.string()
        begin = self._place
        self.take("-")
        while not self.is_at_end and self.words(1)[0] not in (",", ")"):
            token = self._tokens[self._place].token
            if not (token.text[0].isdigit() or token.word in (".", "true", "false")):
                break
            self._place += 1
        if begin == self._place:
            raise NotUnderstood(f"a literal was expected{self._here()}")
        text = "".join(one.token.text for one in self._tokens[begin : self._place]).lower()
        typed = _TYPED_NUMBER.fullmatch(text)
        return typed[1] if typed else text

    def inside(self) -> "Cursor":
        """What is in the brackets that come next; moves on behind them. Raises NotUnderstood."""
        end = closing([one.token for one in self._tokens], self._place)
        if end < 0:
            raise NotUnderstood(f"( was expected{self._here()}")
        made = Cursor(self.text[self.begin + 1 : self._tokens[end].begin])
        self._place = end + 1
        return made

    def until(self, *words: str, angles: bool = False) -> str:
        """The text up to the first of these words outside brackets, or to the end.

        With `angles`, those of types are brackets too.
        """
        opened, closed = (("(", "[", "<"), (")", "]", ">")) if angles else (("(", "["), (")", "]"))
        begin, depth = self.begin, 0
        while not self.is_at_end:
            word = self.words(1)[0]
            if not depth and word in words:
                break
            depth += (word in opened) - (word in closed)
            self._place += 1
        end = self._tokens[self._place - 1] if self._place else None
        return self.text[begin : 0 if end is None else end.begin + len(end.token.text)]

    def expression(self, *words: str) -> str:
        """The same, but words within CASE … END do not count."""
        begin, depth, before, end = self.begin, 0, "", self.begin
        while not self.is_at_end:
            word = "" if before == "." else self.words(1)[0]
            if not depth and word in words:
                break
            depth += (word in ("(", "[", "case")) - (word in (")", "]", "end"))
            one = self._tokens[self._place]
            before, end = one.token.text, one.begin + len(one.token.text)
            self._place += 1
        return self.text[begin:end]

    def skip_to(self, *words: str) -> bool:
        """Move on to the first of these words outside brackets; False, and to the end, if there is none."""
        self.until(*words)
        return not self.is_at_end

    def end(self) -> None:
        """Raises NotUnderstood if anything is left."""
        if not self.is_at_end:
            raise NotUnderstood(f"the statement was expected to end{self._here()}")

    def _here(self) -> str:
        left = self.text[self.begin : self.begin + 40].strip()
        return f" before {left!r}" if left else " at the end"


def unquoted(text: str) -> str:
    """The value of a literal text with its quotes; escapes are Spark's."""
    quote, inside, made, place = text[0], text[1:-1], [], 0
    while place < len(inside):
        letter = inside[place]
        if letter == "\\" and place + 1 < len(inside):
            place += 1
            after = inside[place]
            made.append(f"\\{after}" if after in "%_" else _ESCAPES.get(after, after))
        elif letter == quote and inside[place + 1 : place + 2] == quote:
            made.append(quote)
            place += 1
        else:
            made.append(letter)
        place += 1
    return "".join(made)
