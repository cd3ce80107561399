"""The roots of a source: the folders that its paths name, as far as no wildcard is in them.

What stands below a root says whether an object is hidden, and which `key=value` folders it is in.
"""

from collections.abc import Sequence
from urllib.parse import unquote

from msgspec import Struct

from placekeeper.rules.path_patterns import PathPattern, expanded


class Roots(Struct, frozen=True):
    """Folders without the slash at the end, and the patterns that begin at some of them."""

    folders: frozenset[str]
    patterns: tuple[PathPattern, ...]

    @classmethod
    def of(cls, paths: Sequence[str]) -> "Roots":
        """Those of normalised paths. Raises UsageError for a broken wildcard."""
        found = expanded(paths)
        patterns = tuple(path for path in found if isinstance(path, PathPattern))
        folders = {path.rstrip("/") for path in found if not isinstance(path, PathPattern)}
        return cls(frozenset(folders | {pattern.folder.rstrip("/") for pattern in patterns}), patterns)

    def below(self, path: str) -> str:
        """The part of a path below the innermost root that contains it; empty if none does.

        The search goes up from the path, because a table may have ten thousand folders.
        """
        end = path.rfind("/")
        while end > 0:
            if path[:end] in self.folders:
                return path[end + 1 :]
            end = path.rfind("/", 0, end)
        return ""

    def unnamed(self, path: str) -> str:
        """The same without the names that a pattern means."""
        below = self.below(path)
        root = path[: len(path) - len(below)]
        rests = [pattern.rest(below) for pattern in self.patterns if pattern.folder == root]
        return min((rest for rest in rests if rest is not None), key=len, default=below)

    def values(self, path: str) -> dict[str, str]:
        """The values of the `key=value` folders below the root, by key; both are URL-decoded."""
        *folders, _ = self.below(path).split("/")
        pairs = (folder.partition("=") for folder in folders)
        return {unquote(key): unquote(value) for key, equals, value in pairs if key and equals}
