"""A JSON text that is cut or broken somewhere: what of it is whole, and whether it is JSON at all.

Source: docs/reference/crawlers.md#classifiers.
"""

import re
from typing import Final

_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_OPENING: Final = b"[{"
_RECORD: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*)?(\{\s*(?:"|\}|$))')
_ENDS_WELL: Final = re.compile(rb"[ \t]*,?[ \t]*(?:[\r\n{\]]|$)")


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


def begins_records(text: bytes) -> bool:
    """Whether a text is meant as JSON records: its first one is alone on its line, or breaks off.

    A record that other fields follow on its line may be a field of CSV.
    """
    begin = _RECORD.match(text)
    if begin is None:
        return False
    depth = 0
    for token in _TOKEN.finditer(text, begin.start(1)):
        mark = token[0][:1]
        if mark != b'"':
            depth += 1 if mark in _OPENING else -1
        if depth == 0:
            return _ENDS_WELL.match(text, token.end()) is not None
    return True
