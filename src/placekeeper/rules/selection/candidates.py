"""The candidates among listed objects: those neither hidden nor excluded.

Source: docs/reference/bookmarks.md#hidden-names.
"""

from collections.abc import Callable, Sequence

from placekeeper.model.plan import Reason
from placekeeper.rules.catalog.predicates import folder_test
from placekeeper.rules.globs import globs_pattern
from placekeeper.rules.selection.roots import Roots


def candidate_filter(
    paths: Sequence[str],
    exclusions: Sequence[str],
    *,
    recurse: bool = True,
    predicates: Sequence[str] = (),
) -> Callable[[str], Reason | None]:
    """A function that returns the reason why a path is not a candidate, or None if it is.

    Hidden, as in Hadoop: a name below the root of one of the source's `paths` that begins with `_` or `.` (a
    file, or a folder on the way, except Hive's `_name=value` partitions), and folder markers that end in `/`.
    Without `recurse` what ends in `/` is a folder whose files nobody lists.

    `exclusions` are globs (globs.py) over the whole URI or over the path below the root. `predicates` are
    over the values of the folders `key=value` below the root. Raises UsageError for a broken glob,
    InvalidInputException for a predicate that is not understood.
    """
    excluded = globs_pattern(exclusions) if exclusions else None
    is_wanted = folder_test(predicates) if predicates else None
    roots = Roots.of(paths)

    def why_not(path: str) -> Reason | None:
        below = roots.unnamed(path) if roots.patterns else roots.below(path)
        if path.endswith("/") and not recurse:
            is_data = below and not _is_hidden(below.rstrip("/"))
            return Reason.FOLDER if is_data else Reason.HIDDEN
        if path.endswith("/") or _is_hidden(below):
            return Reason.HIDDEN
        if excluded is not None and (excluded.fullmatch(path) or excluded.fullmatch(roots.below(path))):
            return Reason.EXCLUDED
        if is_wanted is not None and not is_wanted(roots.values(path)):
            return Reason.EXCLUDED
        return None

    return why_not


def _is_hidden(below_root: str) -> bool:
    if not (below_root.startswith(("_", ".")) or "/_" in below_root or "/." in below_root):
        return False  # most paths, at a fraction of the cost
    *folders, name = below_root.split("/")
    return name.startswith(("_", ".")) or any(
        folder.startswith(".") or (folder.startswith("_") and "=" not in folder) for folder in folders
    )
