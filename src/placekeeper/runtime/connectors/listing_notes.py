"""Notes on a listing: paths that are not there, sources without objects, folders left out."""

from collections.abc import Mapping, Sequence

from placekeeper.model.plan import Reason

_SHOWN = 5
"""Paths that are named; a table may have ten thousand of them."""


def listing_notes(paths: Sequence[str], absent: Sequence[str], counts: Mapping[Reason, int]) -> list[str]:
    """Sentences about paths of a source that are not there, about a source in which nothing is, and about
    folders that are not looked into."""
    said = [f"{path}: there is no such path, so nothing was read from it" for path in absent[:_SHOWN]]
    if len(absent) > _SHOWN:
        said.append(f"{len(absent) - _SHOWN:,} more paths are not there, so nothing was read from them")
    missing = frozenset(absent)
    there = [path for path in paths if path not in missing]
    named = ", ".join(there[:_SHOWN]) + (f" and {len(there) - _SHOWN:,} more" if len(there) > _SHOWN else "")
    if there and not counts:
        said.append(f"{named}: no object there: a wrong path, or an empty folder")
    if folders := counts.get(Reason.FOLDER):
        said.append(
            f"{named}: {folders:,} folders below are not read, because recurse is off: to read them, "
            '"recurse": True in connection_options (of a table: additional_options)'
        )
    return said
