"""Run ids as people read and type them."""

from collections.abc import Iterable

from placekeeper.control.service import Control
from placekeeper.model.errors import EntityNotFoundException, UsageError

_ATTEMPT = "_attempt_"
_SHORT = 15
NEWEST = 1000
"""Among so many runs a beginning of an id is looked for, where nothing else names them."""


def short(run_id: str | None) -> str:
    """A run id short enough for a table; commands take it as it is. A retry keeps its attempt."""
    first, attempt, number = (run_id or "").partition(_ATTEMPT)
    return first[:_SHORT] + attempt + number


def the_one(given: str, run_ids: Iterable[str]) -> str | None:
    """The run that a whole or shortened id means, None when there is none; without an attempt, the first.

    Raises UsageError when it is the beginning of several, or empty.
    """
    if not given:
        raise UsageError("the run id is empty: see placekeeper runs list")
    known = set(run_ids)
    if given in known:
        return given
    beginning, _, number = given.partition(_ATTEMPT)
    matching = [
        run_id for run_id in known if run_id.startswith(beginning) and run_id.partition(_ATTEMPT)[2] == number
    ]
    if len(matching) > 1:
        raise UsageError(f"{given} is the beginning of {len(matching)} runs; give more of the id")
    return matching[0] if matching else None


def of_bookmark(control: Control, name: str, given: str) -> str | None:
    """The run that a whole or shortened id means, among those that a bookmark's history names and the newest
    of the job called like it: a paused run appends nothing to the history.

    Raises UsageError as `the_one` does, EntityNotFoundException when there is no such bookmark.
    """
    named = {version.run_id for version in control.bookmarks.history(name) if version.run_id}
    found = the_one(given, named)
    if found is not None:
        return found
    try:
        runs = control.runs.page(name, before=None, limit=NEWEST).items
    except EntityNotFoundException:  # the name given to Job.init is no job's
        return None
    return the_one(given, (run.id for _, run in runs))
