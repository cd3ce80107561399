"""The version, run number and attempt that each change of a bookmark makes.

Source: docs/reference/members.md#jobbookmarkentry (two captured entries fix the counters) and
docs/reference/bookmarks.md#reset. AWS documents only that the version grows with every update, the run
number with every success, and the attempt when a run follows a failed one; the rest is our inference and is
marked "assumed" there.
"""

import msgspec

from placekeeper.model.bookmark import BookmarkEntry, BookmarkVersion, Change

FIRST_RUN = 1


def opened(last: BookmarkVersion | None, *, run_id: str, now_ms: int) -> BookmarkVersion:
    """The version that Job.init makes: the same state, and one more attempt if the run before it failed."""
    if last is None:
        return BookmarkVersion(
            version=1, change=Change.OPEN, run=FIRST_RUN, attempt=0, run_id=run_id, created_ms=now_ms
        )
    failed_before = last.change in (Change.OPEN, Change.REVERT)
    return BookmarkVersion(
        version=last.version + 1,
        change=Change.OPEN,
        run=max(last.run, FIRST_RUN),
        attempt=last.attempt + 1 if failed_before else 0,
        run_id=run_id,
        previous_run_id=last.previous_run_id if failed_before else last.run_id,
        state_version=last.state_version,
        created_ms=now_ms,
    )


def committed(opening: BookmarkVersion, *, now_ms: int) -> BookmarkVersion:
    """The version that Job.commit makes, one after the version that the run opened."""
    version = opening.version + 1
    return msgspec.structs.replace(
        opening,
        version=version,
        change=Change.COMMIT,
        run=opening.run + 1,
        attempt=0,
        state_version=version,
        created_ms=now_ms,
    )


def imported(last: BookmarkVersion | None, entry: BookmarkEntry, *, now_ms: int) -> BookmarkVersion:
    """AWS's entry as the newest version. Where the bookmark had none, it keeps AWS's version number."""
    version = max(1, entry.version) if last is None else last.version + 1
    return BookmarkVersion(
        version=version,
        change=Change.IMPORT,
        run=entry.run,
        attempt=entry.attempt,
        run_id=entry.run_id,
        previous_run_id=entry.previous_run_id,
        state_version=version,
        created_ms=now_ms,
    )


def reset(last: BookmarkVersion, *, now_ms: int) -> BookmarkVersion:
    """An empty state as the newest entry; the next run is run 1 again."""
    return BookmarkVersion(version=last.version + 1, change=Change.RESET, run=0, attempt=0, created_ms=now_ms)


def rewound(last: BookmarkVersion, to: BookmarkVersion, *, now_ms: int) -> BookmarkVersion:
    """The state at the end of `to` (a commit) as the newest entry."""
    return msgspec.structs.replace(
        to, version=last.version + 1, change=Change.REWIND, attempt=0, created_ms=now_ms
    )


def accepted(last: BookmarkVersion, *, now_ms: int, with_state: bool) -> BookmarkVersion:
    """The same state as the newest entry; `with_state`, the state without lost segments is stored with it."""
    version = last.version + 1
    return msgspec.structs.replace(
        last,
        version=version,
        change=Change.ACCEPT,
        state_version=version if with_state else last.state_version,
        created_ms=now_ms,
    )


def reverted(last: BookmarkVersion, opening: BookmarkVersion, *, now_ms: int) -> BookmarkVersion:
    """The state before a commit whose output could not be published; counts as a failed attempt."""
    return msgspec.structs.replace(opening, version=last.version + 1, change=Change.REVERT, created_ms=now_ms)
