"""Faults of JSON that no parser names. The text of a record shows their place and their reason."""

import codecs
import math
import re
from typing import Final, NamedTuple

TOO_DEEP: Final = "values are nested too deeply to be read here. Keep the innermost ones as text"
UTF16: Final = (
    "it is UTF-16 or UTF-32, and JSON is read as UTF-8 only. Convert it, for example: iconv -f utf-16 -t "
    "utf-8"
)

_MAY_BE_HALF: Final = re.compile(
    r"\\(?:\\u[dD]"  # an escaped backslash: what follows may look like a half and be text
    r"|u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|[c-fC-F](?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F])))"
)
"""Sure to find a half character if there is one, and fast where escapes are whole."""

_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_NUMBER: Final = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*"|'
    r"(?P<number>-?[0-9]+(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][+-]?[0-9]+)?|NaN|-?Infinity)",
    re.DOTALL,
)
_DIGITS_MAX: Final = 4300  # of an integer, in both parsers
_SHOWN: Final = 60


class Fault(NamedTuple):
    """A fault in a text: where it begins and ends, and the reason."""

    begin: int
    end: int
    reason: str


def number_without_value(text: str, begin: int) -> Fault | None:
    """The first number for which a decoder has no value: an infinity, or too long."""
    for match in _NUMBER.finditer(text, begin):
        if reason := _why_no_number(match):
            return Fault(match.start(), match.end(), reason)
    return None


def half_character(text: str, begin: int, end: int) -> Fault | None:
    r"""The first escape such as \ud800 in a value that has no other half."""
    if not _MAY_BE_HALF.search(text, begin, end):
        return None
    high: re.Match[str] | None = None
    for match in _ESCAPE.finditer(text, begin, end):
        code = int(match[1], 16) if match[1] else 0
        is_low = 0xDC00 <= code < 0xE000
        if high is not None and not (is_low and high.end() == match.start()):
            return _half(high)
        if high is None and is_low:
            return _half(match)
        high = match if 0xD800 <= code < 0xDC00 else None
    return None if high is None else _half(high)


def is_utf16(head: bytes) -> bool:
    """True if a JSON file is in UTF-16 or UTF-32: it begins with ASCII, and every second byte is NUL."""
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head[:2]


def _half(escape: re.Match[str]) -> Fault:
    reason = f"{escape[0]} is half a character (a lone surrogate), which no text can hold"
    return Fault(escape.start(), escape.end(), reason)


def _why_no_number(match: re.Match[str]) -> str:
    """The reason why a number has no value here; empty if it has one, or if it is a string."""
    token = match["number"] or ""
    if token.endswith(("NaN", "Infinity")):
        return f"{token} is not JSON"
    if match["fraction"] or match["exponent"]:
        return f"{token[:_SHOWN]} is more than a double can hold" if math.isinf(float(token)) else ""
    return f"an integer of more than {_DIGITS_MAX:,} digits" if len(token.lstrip("-")) > _DIGITS_MAX else ""
