"""Notes on a listing: paths that are not there, sources without objects, folders left out."""

from collections.abc import Mapping, Sequence

from placekeeper.model.plan import Reason
from placekeeper.model.wording import counted

_SHOWN = 5
"""Paths that are named; a table may have ten thousand of them."""


def listing_notes(paths: Sequence[str], absent: Sequence[str], counts: Mapping[Reason, int]) -> list[str]:
    """Sentences about paths that do not exist, sources without an object, and folders that are not read."""
    said = [f"{path}: there is no such path, so nothing was read from it" for path in absent[:_SHOWN]]
    if len(absent) > _SHOWN:
        more = counted(len(absent) - _SHOWN, "more path is", "more paths are")
        said.append(f"{more} not there, so nothing was read from them")
    missing = frozenset(absent)
    there = [path for path in paths if path not in missing]
    named = ", ".join(there[:_SHOWN]) + (f" and {len(there) - _SHOWN:,} more" if len(there) > _SHOWN else "")
    if there and not counts:
        said.append(f"{named}: there is no object. Is the path right, or is the folder empty?")
    if folders := counts.get(Reason.FOLDER):
        said.append(
            f"{named}: {counted(folders, 'folder below is', 'folders below are')} not read, because "
            'recurse is off. To read them, set "recurse": True in connection_options (for a table: '
            "additional_options)"
        )
    return said


def predicate_notes(predicates: Sequence[str], counts: Mapping[Reason, int]) -> list[str]:
    """A sentence about predicates over folders that left out every object there is."""
    others = [n for reason, n in counts.items() if reason not in (Reason.EXCLUDED, Reason.HIDDEN)]
    if not predicates or any(others) or not counts.get(Reason.EXCLUDED):
        return []
    named = " AND ".join(predicates)
    return [f"the predicate {named} is true for no object. Do folders have these names, as in year=2024/?"]
