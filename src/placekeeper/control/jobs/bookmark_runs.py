"""The runs that a bookmark may be asked about, by whole or shortened ids."""

from placekeeper.control.bookmarks.history import Bookmarks
from placekeeper.control.jobs.runs import Runs
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.rules.jobs.run_ids import matching_run

NEWEST = 1000
"""Among so many runs a beginning of an id is looked for, where nothing else names them."""


def run_of_bookmark(bookmarks: Bookmarks, runs: Runs, name: str, given: str) -> str | None:
    """The run that a whole or shortened id means, None when there is none.

    It is looked for among those that the history of a bookmark names and the newest of the job called like
    it: a paused run appends nothing to the history. Raises UsageError as `matching_run` does,
    EntityNotFoundException when there is no such bookmark.
    """
    named = {version.run_id for version in bookmarks.history(name) if version.run_id}
    found = matching_run(given, named)
    if found is not None:
        return found
    try:
        newest = runs.page(name, before=None, limit=NEWEST).items
    except EntityNotFoundException:  # the name given to Job.init is no job's
        return None
    return matching_run(given, (run.id for _, run in newest))
