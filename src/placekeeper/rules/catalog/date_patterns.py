"""Patterns of dates and times as Spark's SQL writes them, `yyyy-MM-dd HH:mm:ss`: to texts, and back.

Source: docs/reference/awsglue.md#functions-of-predicates.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

_PIECE: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_MICROSECOND_DIGITS: Final = 6

_FORMATTED: Final[dict[str, Callable[[datetime], str]]] = {
    "yyyy": lambda at: f"{at.year:04}",
    "y": lambda at: str(at.year),
    "yy": lambda at: f"{at.year % 100:02}",
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: str(at.month),
    "MMM": lambda at: _MONTHS[at.month - 1][:3],
    "MMMM": lambda at: _MONTHS[at.month - 1],
    "dd": lambda at: f"{at.day:02}",
    "d": lambda at: str(at.day),
    "D": lambda at: str(at.timetuple().tm_yday),
    "DDD": lambda at: f"{at.timetuple().tm_yday:03}",
    "E": lambda at: _DAYS[at.weekday()][:3],
    "EE": lambda at: _DAYS[at.weekday()][:3],
    "EEE": lambda at: _DAYS[at.weekday()][:3],
    "EEEE": lambda at: _DAYS[at.weekday()],
    "HH": lambda at: f"{at.hour:02}",
    "H": lambda at: str(at.hour),
    "mm": lambda at: f"{at.minute:02}",
    "m": lambda at: str(at.minute),
    "ss": lambda at: f"{at.second:02}",
    "s": lambda at: str(at.second),
    **{
        "S" * digits: (lambda at, digits=digits: f"{at.microsecond:06}"[:digits])  # type: ignore[misc]
        for digits in range(1, _MICROSECOND_DIGITS + 1)
    },
}
"""What a run of a letter becomes."""

_PARSED: Final = {
    "yyyy": ("year", r"([0-9]{4})"),
    "MM": ("month", r"([0-9]{2})"),
    "dd": ("day", r"([0-9]{2})"),
    "HH": ("hour", r"([0-9]{2})"),
    "mm": ("minute", r"([0-9]{2})"),
    "ss": ("second", r"([0-9]{2})"),
    "M": ("month", r"([0-9]{1,2})"),
    "d": ("day", r"([0-9]{1,2})"),
    "H": ("hour", r"([0-9]{1,2})"),
}
"""What a run of a letter is parsed as: the part of a time, and its digits."""

_OF_OPEN_LENGTH: Final = ("M", "d", "H")


@lru_cache(64)
def formatter(pattern: str) -> Callable[[datetime], str]:
    """Makes texts of times. Raises ValueError for a pattern that has another letter."""
    parts: list[str | Callable[[datetime], str]] = []
    for piece, is_letters in _pieces(pattern):
        if is_letters and piece not in _FORMATTED:
            raise ValueError(f"the pattern '{pattern}' has '{piece}', which is not supported there")
        parts.append(_FORMATTED[piece] if is_letters else piece)
    return lambda at: "".join(part if isinstance(part, str) else part(at) for part in parts)


@lru_cache(64)
def parser(pattern: str) -> Callable[[str], datetime]:
    """Reads times of texts; what the pattern lacks is that of the first of January 1970.

    Raises ValueError for a pattern that has another letter, or numbers side by side of which one has no
    length. What it returns raises ValueError for a text that is not of the pattern.
    """
    expression, names, before = "", [], ""
    for piece, is_letters in _pieces(pattern):
        if not is_letters:
            expression, before = expression + re.escape(piece), ""
            continue
        part = _PARSED.get(piece)
        if part is None or part[0] in names or (before and {piece, before} & {*_OF_OPEN_LENGTH}):
            raise ValueError(f"the pattern '{pattern}' has '{piece}', which is not supported there")
        names.append(part[0])
        expression, before = expression + part[1], piece
    compiled = re.compile(expression)

    def parse(text: str) -> datetime:
        found = compiled.fullmatch(text)
        if found is None:
            raise ValueError(f"'{text}' is not written as {pattern}")
        numbers = dict(zip(names, map(int, found.groups()), strict=True))
        return datetime(**({"year": 1970, "month": 1, "day": 1} | numbers))  # type: ignore[arg-type]

    return parse


def _pieces(pattern: str) -> Sequence[tuple[str, bool]]:
    """The pieces of a pattern, and whether each is a run of one letter rather than a plain text."""
    pieces, end = [], 0
    for found in _PIECE.finditer(pattern):
        if found.start() != end:
            break
        end = found.end()
        if found[1] is not None:
            pieces.append((found[1].replace("''", "'") or "'", False))
        else:
            pieces.append((found[0], found[2] is not None))
    if end != len(pattern) or re.search(r"[\[\]{}#]", re.sub(r"'(?:[^']|'')*'", "", pattern)):
        raise ValueError(f"the pattern '{pattern}' is not understood")
    return pieces
