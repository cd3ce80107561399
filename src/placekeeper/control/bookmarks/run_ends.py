"""The state of a bookmark at the end of a run, to which a rewind returns and at which a range ends.

Source: docs/reference/bookmarks.md#rewind.
"""

from placekeeper.model.bookmark import BookmarkVersion, segments_of
from placekeeper.model.errors import EntityNotFoundException, InvalidInputException
from placekeeper.ports.store import Transaction


def end_of_run(tx: Transaction, name: str, bookmark_id: int, run_id: str) -> BookmarkVersion | None:
    """The commit whose state was in force at the end of a run; None for the empty state.

    Raises EntityNotFoundException for a run that this bookmark does not know.
    """
    last = tx.bookmarks.last_of_run(bookmark_id, run_id) or _when(tx, name, bookmark_id, run_id)
    if last is None or last.state_version is None:
        return None
    return tx.bookmarks.at(bookmark_id, last.state_version)


def end_of_range(
    tx: Transaction, name: str, bookmark_id: int, option: str, run_id: str
) -> BookmarkVersion | None:
    """The same as `end_of_run` for the run that an option names; the error names the option."""
    try:
        return end_of_run(tx, name, bookmark_id, run_id)
    except EntityNotFoundException:
        raise EntityNotFoundException(f"{option}: {no_run(name, run_id)}") from None


def _when(tx: Transaction, name: str, bookmark_id: int, run_id: str) -> BookmarkVersion | None:
    """The version in force when a run that made none (pause, disable) looked; None before the first.

    For a run that did not record what it found, the time of the run decides.
    """
    run = tx.runs.get(run_id)
    summary = None if run is None else run.summary
    if run is None or name not in (run.job_name, summary.bookmark_name if summary else None):
        raise not_found(name, run_id)
    found = summary.bookmark_found if summary is not None and summary.bookmark_name == name else None
    if found is not None and found[0] in (0, bookmark_id):
        return tx.bookmarks.at(bookmark_id, found[1])
    before = (v for v in tx.bookmarks.history(bookmark_id) if v.created_ms <= run.started_ms)
    last = next(before, None)
    if last is None:
        raise not_found(name, run_id)
    return last


def refuse_if_dropped(tx: Transaction, bookmark_id: int, target: BookmarkVersion) -> None:
    """Raises InvalidInputException if a part of an old state's ledger was dropped after the retention."""
    state = tx.bookmarks.state(bookmark_id, target.state_version)
    needed = {segment.key for segment in segments_of(state)}
    if tx.merges.dropped(needed):
        raise InvalidInputException(
            f"The state at the end of run {target.run_id} can no longer be restored: it was in force longer "
            "ago than the retention (PLACEKEEPER_RETENTION_DAYS), and what the ledger knew only then was "
            "dropped. Rewind to a later run, or reset without a run."
        )


def not_found(name: str, run_id: str | None = None) -> EntityNotFoundException:
    """AWS's error for a missing bookmark and for a run that it does not know. Its note says which."""
    error = EntityNotFoundException(f"Continuation for job {name} not found")
    error.add_note(no_bookmark(name) if run_id is None else no_run(name, run_id))
    return error


def no_run(name: str, run_id: str) -> str:
    """The sentence that a bookmark does not know a run, and how to list those that it knows."""
    return (
        f"The bookmark {name} does not know the run {run_id}. To see its runs: placekeeper bookmark history "
        f"{name}. To see paused runs: placekeeper runs list {name}"
    )


def no_bookmark(name: str) -> str:
    """The sentence that there is no bookmark of a name, and what makes one."""
    return (
        f"There is no bookmark {name}: no run has committed one. A run with --job-bookmark-option "
        "job-bookmark-enable that calls job.commit() makes one. Its name is the one that the script gives to "
        "Job.init"
    )
