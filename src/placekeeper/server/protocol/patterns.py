r"""Translation of the Java patterns in Glue's model to Python.

What differs: a supplementary character is written as two surrogates (`\uD800\uDC00-\uDBFF\uDFFF`), `\p{L}`
is a Unicode category, `.` excludes five line terminators, and `\w \s \d` are ASCII. Groups capture nothing:
nobody asks what they matched, and remembering it makes a long text ten times as slow.
"""

import functools
import re
import sys
import unicodedata
from collections.abc import Sequence
from itertools import groupby

_TOKEN = re.compile(
    r"""\\u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}   # a pair of surrogates
      | \\p\{\w+\}                                                   # a category
      | \\u[0-9A-Fa-f]{4} | \\. | .""",
    re.VERBOSE | re.DOTALL,
)
_LINE_TERMINATORS = r"\n\r\u0085\u2028\u2029"


def compile_pattern(java: str) -> re.Pattern[str]:
    """The pattern, to be used with `fullmatch`, as AWS does.

    Source: docs/reference/operations.md#pattern: match the whole string.
    """
    parts: list[str] = []
    in_class = False
    tokens = _TOKEN.findall(java)
    for part, following in zip(tokens, [*tokens[1:], ""], strict=True):
        if part.startswith("\\p{"):
            ranges = _category(part[3:-1])
            parts.append(ranges if in_class else f"[{ranges}]")
        elif len(part) == 12:
            parts.append(f"\\U{_code_point(part):08x}")
        elif part == "." and not in_class:
            parts.append(f"[^{_LINE_TERMINATORS}]")
        elif part == "[" and in_class:
            parts.append("\\[")
        elif part == "(" and not in_class and following != "?":
            parts.append("(?:")
        else:
            in_class = (in_class or part == "[") and part != "]"
            parts.append(part)
    return re.compile("".join(parts), re.ASCII)


def _code_point(pair: str) -> int:
    high, low = int(pair[2:6], 16), int(pair[8:12], 16)
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)


def _category(name: str) -> str:
    """The characters of a Unicode category (`L`, `Nd`), as the inside of a character class."""
    inside = ((first, last) for first, last, category in _categories() if category.startswith(name))
    merged: list[tuple[int, int]] = []
    for first, last in inside:
        before = merged.pop() if merged and merged[-1][1] == first - 1 else (first, last)
        merged.append((before[0], last))
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in merged)


@functools.cache  # looking at every character takes most of the time until a server's first answer
def _categories() -> Sequence[tuple[int, int, str]]:
    """The first and the last of neighbouring characters of one category, and that category."""
    found, first = [], 0
    for category, run in groupby(map(unicodedata.category, map(chr, range(sys.maxunicode + 1)))):
        beyond = first + sum(1 for _ in run)
        found.append((first, beyond - 1, category))
        first = beyond
    return tuple(found)
