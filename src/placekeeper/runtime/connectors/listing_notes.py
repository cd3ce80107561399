"""What to say of a listing: paths that are not there, sources without objects, folders left out."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from placekeeper.model.errors import ListingFailed
from placekeeper.model.plan import Reason
from placekeeper.model.wording import counted, nearest
from placekeeper.rules.path_patterns import fixed_part

_SHOWN = 5
"""Paths that are named; a table may have ten thousand of them."""

_LEVELS = 3
"""How far up folders are looked at for the name that was meant."""

FoldersIn = Callable[[str], Sequence[str]]
"""Names of folders in a folder, as ports.objects.Objects.folders_in."""


def listing_warnings(
    paths: Sequence[str], absent: Sequence[str], counts: Mapping[Reason, int], folders_in: FoldersIn
) -> list[str]:
    """Sentences about paths that do not exist and sources without an object. They name the folder meant."""
    said = [
        f"{path}: there is no such path, so nothing was read from it{meant_folder(path, folders_in)}"
        for path in absent[:_SHOWN]
    ]
    if len(absent) > _SHOWN:
        more = counted(len(absent) - _SHOWN, "more path is", "more paths are")
        said.append(f"{more} not there, so nothing was read from them")
    there = _there(paths, absent)
    if there and not counts:
        meant = meant_folder(there[0], folders_in) if len(there) == 1 else ""
        asked = meant or ". Is the path right, or is the folder empty?"
        said.append(f"{_named(there)}: there is no object, so nothing was read{asked}")
    return said


def listing_notes(paths: Sequence[str], absent: Sequence[str], counts: Mapping[Reason, int]) -> list[str]:
    """A sentence about folders that are not read."""
    said = []
    if folders := counts.get(Reason.FOLDER):
        named = _named(_there(paths, absent))
        said.append(
            f"{named}: {counted(folders, 'folder below is', 'folders below are')} not read, because "
            'recurse is off. To read them, set "recurse": True in connection_options (for a table: '
            "additional_options)"
        )
    return said


def _there(paths: Sequence[str], absent: Sequence[str]) -> list[str]:
    missing = frozenset(absent)
    return [path for path in paths if path not in missing]


def _named(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN:,} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def meant_folder(path: str, folders_in: FoldersIn) -> str:
    """The end of a sentence: the existing folder whose name is most like one of the path's, or nothing.

    The lowest folder that has folders decides. A store that refuses to list has no advice.
    """
    scheme, _, rest = fixed_part(path).rstrip("/").partition("://")
    names = rest.split("/")
    with suppress(ListingFailed):
        for level in range(len(names) - 1, max(0, len(names) - 1 - _LEVELS), -1):
            parent = f"{scheme}://{'/'.join(names[:level])}/"
            if found := folders_in(parent):
                meant = nearest(names[level], found)
                return f"; did you mean {parent}{meant}/?" if meant not in (None, names[level]) else ""
    return ""


def predicate_notes(predicates: Sequence[str], counts: Mapping[Reason, int]) -> list[str]:
    """A sentence about predicates over folders that left out every object there is."""
    others = [n for reason, n in counts.items() if reason not in (Reason.EXCLUDED, Reason.HIDDEN)]
    if not predicates or any(others) or not counts.get(Reason.EXCLUDED):
        return []
    named = " AND ".join(predicates)
    return [f"the predicate {named} is true for no object. Do folders have these names, as in year=2024/?"]
