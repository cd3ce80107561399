"""Names that a state knows, for shell completion: a light read, and none where that is not possible.

A state in a PostgreSQL is not asked: connecting takes longer than a person waits for a completion.
"""

from collections.abc import Sequence

from placekeeper.host.state_folder import StateFolder
from placekeeper.settings import Settings
from placekeeper.store import light_names


def known_jobs(settings: Settings) -> Sequence[str]:
    """Jobs by name."""
    return () if settings.database else light_names.job_names(StateFolder(settings.state).sqlite)


def known_bookmarks(settings: Settings) -> Sequence[str]:
    """Live bookmarks by name."""
    return () if settings.database else light_names.bookmark_names(StateFolder(settings.state).sqlite)


def known_runs(settings: Settings) -> Sequence[str]:
    """The ids of runs, newest first."""
    return () if settings.database else light_names.run_ids(StateFolder(settings.state).sqlite)
