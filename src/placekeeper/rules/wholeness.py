"""The check that a database still has what the rest of its state says it had.

The history of a bookmark is append-only, so a database that has a version has all before it, unless somebody
removed rows. Therefore the newest versions are enough to see a loss.
"""

from collections.abc import Collection
from enum import StrEnum

import msgspec

from placekeeper.model.record import Known, Note, Recorded, run_ids
from placekeeper.model.segments import SegmentRef
from placekeeper.model.wording import counted

_MOST_NAMED = 5
_SHORT = 15
"""Characters of a run's id that are shown, as in tables; they are enough to name it."""


class Lack(StrEnum):
    """What is wrong with a state."""

    DATABASE = "database-lost"
    IDENTITY = "other-database"
    RECORD = "record-lost"
    VERSIONS = "versions-lost"
    MARKS = "marks-lost"
    PUBLICATION = "publication-lost"
    RUNS = "runs-unknown"
    SEGMENTS = "segments-lost"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, in a sentence; `bookmark` is the bookmark concerned, if it is about one."""

    lack: Lack
    said: str
    bookmark: str | None = None


def findings(recorded: Recorded | None, known: Known, segments: Collection[str]) -> list[Finding]:
    """What the database lacks, given the record and the keys of all `segments`; empty for a whole state.

    A state from before there were records has no record and a database without an id: it is whole. So is a
    new one. After a crash the record may say less than the database, or no version may point at a segment.
    The database knows the run of that segment, because a run is recorded before its process begins.
    """
    if recorded is None:
        found = [] if known.state_id is None or not known.holds_versions else [_NO_RECORD]
        aside: Collection[str] = ()
    else:
        found = [
            *_identity(recorded, known),
            *_versions(recorded, known),
            *_marks(recorded, known),
            *_publication(recorded, known),
        ]
        aside = recorded.head.set_aside
    unknown = run_ids(segments) - known.runs - frozenset(aside)
    if recorded is None and known.state_id is None and not known.holds_versions and segments and not unknown:
        return [*found, _EMPTY]
    if unknown:
        found.append(Finding(lack=Lack.RUNS, said=_unknown_runs(unknown)))
    return found


def lost_version(note: Note, known: Known) -> Finding | None:
    """What is wrong with the newest recorded version of a bookmark; None when the database has it."""
    assert note.bookmark_id is not None  # noqa: S101 - it is the note of a version
    assert note.version is not None  # noqa: S101
    there = known.recorded.get((note.bookmark_id, note.version))
    if there == note.created_ms:
        return None
    newest = known.newest.get(note.bookmark_id, 0)
    if there is not None:
        has = f"the database has a different version {note.version}"
    elif newest:
        has = f"the newest version in the database is {newest}"
    else:
        has = "the database has no version of it"
    by = f", committed by run {note.run_id[:_SHORT]}" if note.run_id else ""
    said = f"the bookmark {note.name} was at version {note.version}{by}, but {has}"
    return Finding(lack=Lack.VERSIONS, said=said, bookmark=note.name)


def lost_segments(name: str, lost: Collection[SegmentRef]) -> Finding:
    """The finding that segments of a bookmark are missing, or are not what its commits recorded."""
    rows = sum(segment.rows for segment in lost)
    are = "is" if len(lost) == 1 else "are"
    segments = f"{counted(len(lost), 'segment')} of the bookmark {name}, with {counted(rows, 'row')},"
    said = f"{segments} {are} missing or damaged"
    return Finding(lack=Lack.SEGMENTS, said=said, bookmark=name)


def not_whole(place: str, found: Collection[Finding], *, is_checked: bool = False) -> str:
    """The message on a state that is not whole: the first few findings, and what to do.

    With `is_checked`, as `state check` prints it, the message does not advise to run that command.
    """
    said = [finding.said for finding in found]
    more = len(said) - _MOST_NAMED
    what = "; ".join([*said[:_MOST_NAMED], *([f"and {more} more"] if more > 0 else [])])
    look = "" if is_checked else "To see what is wrong: placekeeper state check. "
    return (
        f"the state in {place} is not whole: {what}. Put back the database (with its -wal file, if it had "
        f"one) or the files that belong to it. {look}To go on with what is there: placekeeper state accept, "
        "which first shows what would be read again"
    )


def _identity(recorded: Recorded, known: Known) -> list[Finding]:
    if known.state_id in (None, recorded.head.state_id):
        return []
    said = (
        f"the database belongs to the state {known.state_id}, but the folder to {recorded.head.state_id}: "
        "the database comes from another state, or an earlier `state accept` set it aside"
    )
    return [Finding(lack=Lack.IDENTITY, said=said)]


def _versions(recorded: Recorded, known: Known) -> list[Finding]:
    lost = [lost_version(note, known) for note in recorded.newest.values()]
    revived = [
        Finding(
            lack=Lack.VERSIONS,
            said=f"the bookmark {note.name} was deleted with its job, but the database still has it",
            bookmark=note.name,
        )
        for bookmark_id, note in recorded.deleted.items()
        if bookmark_id not in known.deleted
    ]
    return [*filter(None, lost), *revived]


def _marks(recorded: Recorded, known: Known) -> list[Finding]:
    """An older database must not undo the decision to skip an object, or to read it."""
    return [
        Finding(
            lack=Lack.MARKS,
            said=f"the database lacks the last skip, retry or quarantine of the bookmark {note.name}, so it "
            "does not know which objects are left out",
            bookmark=note.name,
        )
        for bookmark_id, note in recorded.marked.items()
        if known.marks.get((bookmark_id, note.mark or 0)) != note.created_ms
    ]


def _publication(recorded: Recorded, known: Known) -> list[Finding]:
    if recorded.published is None or known.published:
        return []
    said = f"run {recorded.published[:_SHORT]} has published output, but the database does not know it"
    return [Finding(lack=Lack.PUBLICATION, said=said)]


def _unknown_runs(unknown: Collection[str]) -> str:
    named = ", ".join(run_id[:_SHORT] for run_id in sorted(unknown)[:_MOST_NAMED])
    return (
        f"the ledger has segments of {counted(len(unknown), 'run')} that the database does not know: {named}"
    )


_NO_RECORD = Finding(lack=Lack.RECORD, said="the record of the state (record.jsonl) is missing")
_EMPTY = Finding(lack=Lack.DATABASE, said="the ledger has segments, but the database is empty")
