"""SQL text in ANSI mode, written so that Sail raises where Spark does: `date_format` of what is no time.

What Sail does not check, numbers that are too large, is said.
"""

from collections.abc import Iterator
from typing import Final

from placekeeper.runtime.engines.sql_tokens import (
    Token,
    closing,
    places_outside,
    skip_blank,
    text_of,
    tokens_of,
    without_blanks,
)

_BEFORE_A_VALUE: Final = frozenset(["(", ",", ".", "select", "distinct", "=", "<", ">", "and", "or", "not"])
DATE_FORMAT: Final = "date_format"

ARITHMETIC: Final = frozenset({"+", "-", "*", "sum"})
"""Functions and operators whose whole numbers may be too large."""

OVERFLOW: Final = (
    "in ANSI mode Sail does not check for whole numbers that are too large, which wrap: --engine spark does"
)


def has_arithmetic(sql: str) -> bool:
    """Whether a statement or an expression has a sum, or an operator between values."""
    words = [token.word for token in without_blanks(tokens_of(sql))]
    pairs = zip(["(", *words], words, strict=False)
    return any(
        (word == "sum" and before != ".")
        or (word in ARITHMETIC and before not in _BEFORE_A_VALUE and word != "sum")
        for before, word in pairs
    )


def with_strict_dates(sql: str) -> str:
    """The same statement or expression; what `date_format` takes is cast to a timestamp first."""
    return "".join(_rewritten(tokens_of(sql)))


def _rewritten(tokens: list[Token]) -> Iterator[str]:
    place = 0
    while place < len(tokens):
        yield tokens[place].text
        begin = skip_blank(tokens, place + 1)
        end = closing(tokens, begin) if tokens[place].word == DATE_FORMAT else -1
        commas = places_outside(tokens[begin + 1 : end], ",") if end > 0 else []
        place += 1
        if commas:
            comma = begin + 1 + commas[0]
            value = "".join(_rewritten(tokens[begin + 1 : comma]))
            yield f"{text_of(tokens[place:begin])}(cast({value} AS timestamp)"
            place = comma
