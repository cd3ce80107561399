"""What a run reads of a table of a lake format: the commits since the one that its bookmark remembers.

Source: docs/reference/lake-formats.md#bookmarks-of-lake-tables.
"""

from collections.abc import Mapping

import msgspec

from placekeeper.model.element import SnapshotElement
from placekeeper.model.errors import SnapshotsForgotten
from placekeeper.model.lake import TableCommit, TableHistory


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What is new in a table up to the commit `at`, None for a table without commits.

    With `whole`, all of it is read. Else `commits`, oldest first, are those whose added files are read.
    `note` says what is unusual.
    """

    at: int | None
    whole: bool = False
    commits: tuple[TableCommit, ...] = ()
    note: str = ""


def news_of(
    history: TableHistory, known: SnapshotElement | None, *, name: str, at: int | None = None
) -> News:
    """What is new in a table for a bookmark that remembers `known`, up to `at` (None: the newest commit).

    Where the table knows all that is behind its newest commit, and the remembered one is not among it, it was
    replaced. Raises SnapshotsForgotten if the table does not know any more what came in between.
    """
    end = history.current if at is None else at
    if known is None:
        return News(at=end, whole=True)
    if known.table_id != history.table_id:
        note = f"{name}: the table was made anew since the last run, so all of it is read"
        return News(at=end, whole=True, note=note)
    if known.snapshot is None:
        return News(at=end, whole=True)
    by_id = {commit.id: commit for commit in history.commits}
    since = _ancestors(by_id, end)
    begin = _last_common(by_id, since, known.snapshot)
    is_replaced = known.snapshot in by_id and since and by_id[since[-1]].begins
    if begin is None and (end is None or is_replaced):
        note = (
            f"{name}: the table was replaced since snapshot {known.snapshot}, which the last run has read, "
            "so all of it is read"
        )
        return News(at=end, whole=True, note=note)
    if begin is None:
        raise SnapshotsForgotten(name, known.snapshot)
    note = ""
    if begin != known.snapshot:
        note = (
            f"{name}: the table was rolled back behind snapshot {known.snapshot}, which the last run has "
            f"read; what was added since snapshot {begin} is read"
        )
    new = since[: since.index(begin)] if begin in since else since
    commits = tuple(by_id[id] for id in reversed(new))
    return News(at=end, commits=tuple(one for one in commits if one.adds or one.rewrites), note=note)


def _ancestors(by_id: Mapping[int, TableCommit], begin: int | None) -> list[int]:
    """A commit and those before it that are still known, the newest first."""
    found = []
    while begin is not None and begin in by_id:
        found.append(begin)
        begin = by_id[begin].parent
    return found


def _last_common(by_id: Mapping[int, TableCommit], since: list[int], known: int) -> int | None:
    """The newest commit that is behind both the newest and the remembered one."""
    of_now = set(since)
    here: int | None = known
    while here is not None:
        if here in of_now:
            return here
        # The oldest known commit may name a parent that the table has forgotten.
        if since and by_id[since[-1]].parent == here:
            return here
        here = by_id[here].parent if here in by_id else None
    return None
