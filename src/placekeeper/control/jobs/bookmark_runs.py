"""The lookup of a bookmark's runs by whole or shortened ids."""

from placekeeper.control.bookmarks.history import Bookmarks
from placekeeper.control.jobs.runs import Runs
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.rules.jobs.run_ids import matching_run

NEWEST = 1000
"""The number of newest runs that are searched for a shortened id."""


def run_of_bookmark(bookmarks: Bookmarks, runs: Runs, name: str, given: str) -> str | None:
    """The run that a whole or shortened id names, None if there is none.

    The search covers the runs in the history of the bookmark and the newest runs of the job of its name,
    because a paused run appends nothing to the history. Raises UsageError as `matching_run` does,
    EntityNotFoundException when there is no such bookmark.
    """
    named = {version.run_id for version in bookmarks.history(name) if version.run_id}
    found = matching_run(given, named)
    if found is not None:
        return found
    try:
        newest = runs.page(name, before=None, limit=NEWEST).items
    except EntityNotFoundException:  # no job has the name that the script gave to Job.init
        return None
    return matching_run(given, (run.id for _, run in newest))
