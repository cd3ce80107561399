"""SQL's LIKE, in linear time."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc


def like_pattern(pattern: str) -> Callable[[str], bool]:
    """Whether a text is like a pattern, in linear time: a regular expression with many % would not end."""
    if "_" in pattern or "\\" in pattern:
        return lambda text: bool(pc.match_like(pa.scalar(text), pattern).as_py())
    first, *inner = pattern.split("%")
    if not inner:
        return lambda text: text == pattern
    last = inner.pop()

    def matches(text: str) -> bool:
        if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
            return False
        place, end = len(first), len(text) - len(last)
        for piece in inner:
            place = text.find(piece, place, end)
            if place < 0:
                return False
            place += len(piece)
        return True

    return matches
