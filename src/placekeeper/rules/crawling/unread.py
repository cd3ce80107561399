"""Folders with files of which a crawl knows nothing: what the catalog says of them stays.

Source: docs/reference/crawlers.md#what-a-crawl-changes.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence


class Unread:
    """Folders, each with a slash at its end, in which there are files that were not read."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._sorted = sorted(set(folders))

    def below(self, folder: str) -> Sequence[str]:
        """Those that are this folder, or are in it."""
        begin = end = bisect_left(self._sorted, folder)
        while end < len(self._sorted) and self._sorted[end].startswith(folder):
            end += 1
        return self._sorted[begin:end]

    def touches(self, folder: str) -> bool:
        """Whether one of them is this folder, or is in it."""
        place = bisect_left(self._sorted, folder)
        return place < len(self._sorted) and self._sorted[place].startswith(folder)
