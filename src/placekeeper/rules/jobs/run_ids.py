"""The short form of run ids, for people to read and type."""

from collections.abc import Iterable

from placekeeper.model.errors import UsageError

ATTEMPT = "_attempt_"
"""In the id of a retry, the text between the id of the first run and the number of the attempt."""

_SHORT = 15


def short(run_id: str | None) -> str:
    """A run id short enough for a table; commands take it as it is. A retry keeps its attempt."""
    first, attempt, number = (run_id or "").partition(ATTEMPT)
    return first[:_SHORT] + attempt + number


def matching_run(given: str, run_ids: Iterable[str]) -> str | None:
    """The run that a whole or shortened id names, None if there is none; without an attempt, the first run.

    Raises UsageError when several ids begin with `given`, or when it is empty.
    """
    if not given:
        raise UsageError("the run id is empty. To see all runs: placekeeper runs list")
    known = set(run_ids)
    if given in known:
        return given
    beginning, _, number = given.partition(ATTEMPT)
    matching = [
        run_id for run_id in known if run_id.startswith(beginning) and run_id.partition(ATTEMPT)[2] == number
    ]
    if len(matching) > 1:
        raise UsageError(f"{len(matching)} run ids begin with {given}: give more of the id")
    return matching[0] if matching else None
