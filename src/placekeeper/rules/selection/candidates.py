"""The candidates among listed objects: those neither hidden nor excluded.

Source: docs/reference/bookmarks.md#hidden-names.
"""

from collections.abc import Callable, Sequence

from placekeeper.model.plan import Reason
from placekeeper.rules.globs import globs_pattern


def candidate_filter(
    roots: Sequence[str], exclusions: Sequence[str], *, recurse: bool = True
) -> Callable[[str], Reason | None]:
    """A function that returns the reason why a path is not a candidate, or None if it is.

    Hidden, as in Hadoop: a name below the source's root that begins with `_` or `.` (a file, or a folder on
    the way, except Hive's `_name=value` partitions), and folder markers that end in `/`. Without
    `recurse` what ends in `/` is a folder whose files nobody lists.

    `exclusions` are globs (globs.py) over the whole URI or over the path below the root. Raises UsageError
    for a broken one.
    """
    excluded = globs_pattern(exclusions)
    folders = frozenset(root.rstrip("/") for root in roots)

    def why_not(path: str) -> Reason | None:
        below = _below(path, folders)
        if path.endswith("/") and not recurse:
            is_data = below and not _is_hidden(below.rstrip("/"))
            return Reason.FOLDER if is_data else Reason.HIDDEN
        if path.endswith("/") or _is_hidden(below):
            return Reason.HIDDEN
        if excluded.fullmatch(path) or excluded.fullmatch(below):
            return Reason.EXCLUDED
        return None

    return why_not


def _below(path: str, folders: frozenset[str]) -> str:
    """The part of a path below the innermost of `folders` that contains it; empty if none does.

    The search goes up from the path, because a table may have ten thousand folders.
    """
    end = path.rfind("/")
    while end > 0:
        if path[:end] in folders:
            return path[end + 1 :]
        end = path.rfind("/", 0, end)
    return ""


def _is_hidden(below_root: str) -> bool:
    *folders, name = below_root.split("/")
    return name.startswith(("_", ".")) or any(
        folder.startswith(".") or (folder.startswith("_") and "=" not in folder) for folder in folders
    )
