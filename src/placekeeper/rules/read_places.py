"""The folders and files that Spark reads for a path of `spark.read`, out of a listing.

Spark reads a path, or what its wildcards match, as a place of its own. Of a folder it reads the
files that are directly in it, or its partitions (`name=value`); with `recursiveFileLookup`, all files below
it. It passes over hidden names below the place, and over a hidden file.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import unquote

from msgspec import Struct

from placekeeper.rules.path_patterns import PathPattern, is_hidden

_SPECIAL: Final = re.compile(r"[*?\[{]")


class Place(Struct, frozen=True):
    """A folder or a file that a path means; `uri` has no slash at the end.

    `files` are those directly in it, or the file itself. `deeper` are the files below its folders.
    `folders` are the names of the folders directly in it, as far as they are seen.
    """

    uri: str
    files: tuple[str, ...]
    deeper: tuple[str, ...]
    folders: frozenset[str]

    @property
    def has_partitions(self) -> bool:
        """Whether a folder directly in it is a partition."""
        return any("=" in name for name in self.folders)

    @property
    def has_other_folders(self) -> bool:
        """Whether a folder directly in it is no partition."""
        return any("=" not in name for name in self.folders)

    @property
    def hides_partitions(self) -> bool:
        """Whether a folder that is no partition has partitions below it."""
        below = (path.removeprefix(self.uri + "/").rpartition("/")[0] for path in self.deeper)
        return any("=" not in folders.partition("/")[0] and "=" in folders for folders in below)

    @property
    def partition_values(self) -> dict[str, set[str]]:
        """The values of each partition key in the names of the folders below it, in their order."""
        found: dict[str, set[str]] = {}
        for path in self.deeper:
            for name in path.removeprefix(self.uri + "/").split("/")[:-1]:
                key, is_key, value = name.partition("=")
                if is_key:
                    found.setdefault(key, set()).add(unquote(value))
        return found

    def literal(self, *, is_recursive: bool) -> list[str]:
        """The folder, or files where the engine would read others in the folder."""
        if is_recursive:
            return [*self.files, *self.deeper]
        if self.has_partitions:
            return [self.uri + "/"]
        is_folder = self.files != (self.uri,)
        if is_folder and self.files and not self.has_other_folders and not has_wildcard(self.uri):
            return [self.uri + "/"]
        return list(self.files)


def has_wildcard(path: str) -> bool:
    """Whether an engine takes a path for a pattern."""
    return _SPECIAL.search(path) is not None


def bracketed(path: str) -> str:
    """The pattern of an engine without backslashes that means just this path."""
    return _SPECIAL.sub(lambda found: f"[{found[0]}]", path)


def places(meant: Sequence[str | PathPattern], listed: Iterable[str]) -> list[Place]:
    """The places among listed URIs, where that of a folder has a slash at the end; sorted by URI."""
    seen: dict[str, list[list[str]]] = {}
    for path in listed:
        found = (_rest(one, path) for one in meant)
        for rest in dict.fromkeys(rest for rest in found if rest is not None):  # alternatives may overlap
            uri = path.removesuffix(rest).rstrip("/")
            _sort_in(seen.setdefault(uri, [[], [], []]), path, rest)
    return [
        Place(uri, tuple(files), tuple(deeper), frozenset(folders))
        for uri, (files, deeper, folders) in sorted(seen.items())
    ]


def _rest(meant: str | PathPattern, path: str) -> str | None:
    """What of a path is below the place; None where it is in no such place."""
    if isinstance(meant, PathPattern):
        below = path.removeprefix(meant.folder)
        return meant.rest(below) if path.startswith(meant.folder) else None
    place = meant.rstrip("/")
    if path == place:
        return ""
    return path[len(place) + 1 :] if path.startswith(place + "/") else None


def _sort_in(found: list[list[str]], path: str, rest: str) -> None:
    files, deeper, folders = found
    *above, name = rest.split("/")
    if any(map(is_hidden, above)):
        return
    if above:
        folders.append(above[0])
    if not name:
        if not rest and not path.endswith("/") and not is_hidden(path.rpartition("/")[2]):
            files.append(path)
    elif not is_hidden(name):
        (deeper if above else files).append(path)
