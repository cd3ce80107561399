"""A JSON text that is cut somewhere: what of it is whole.

Source: docs/reference/crawlers.md#classifiers.
"""

import re
from typing import Final

_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_OPENING: Final = b"[{"


def whole_values(text: bytes) -> bytes:
    """The values that are whole; of one array that is cut, its elements that are, as an array.

    The text itself where there are none: then its reader says why.
    """
    depth = values = elements = 0
    outermost = b""
    for token in _TOKEN.finditer(text):
        mark = token[0][:1]
        if mark == b'"':
            continue
        if mark in _OPENING:
            outermost = outermost if depth else mark
            depth += 1
            continue
        depth -= 1
        if depth < 0:
            return text
        if depth == 0:
            values = token.end()
        elif depth == 1 and outermost == b"[" and not values:
            elements = token.end()
    if values:
        return text[:values]
    return text[:elements] + b"]" if elements else text
