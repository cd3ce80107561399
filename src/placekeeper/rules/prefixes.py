"""Beginnings of URIs, asked about many URIs."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable


class Prefixes:
    """What begins with one of several texts, found in logarithmic time."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts: list[str] = []  # sorted, and none begins with another
        for text in sorted(texts):
            if not (self._texts and text.startswith(self._texts[-1])):
                self._texts.append(text)

    def cover(self, uri: str) -> bool:
        """Whether a URI begins with one of them."""
        place = bisect_right(self._texts, uri)
        return place > 0 and uri.startswith(self._texts[place - 1])

    def overlap(self, prefix: str) -> bool:
        """Whether a URI can begin with one of them and with `prefix`."""
        place = bisect_left(self._texts, prefix)
        return self.cover(prefix) or (place < len(self._texts) and self._texts[place].startswith(prefix))
