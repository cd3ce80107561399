"""Marks: which are in force after what, what they do to an object, how many bad files are too many."""

import pytest

from placekeeper.model.bookmark import BookmarkVersion, Change
from placekeeper.model.marks import Mark, MarkKind
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Reason
from placekeeper.rules.selection.marks import in_force, marked, most_bad

BAD = ObjectMeta(path="s3://b/k", last_modified_ms=5, size=1, e_tag="a")
CHANGED = ObjectMeta(path="s3://b/k", last_modified_ms=6, size=1, e_tag="a")


def mark(kind: MarkKind, version: int = 3, path: str = BAD.path) -> Mark:
    is_bad = kind is MarkKind.QUARANTINED
    return Mark(path=path, kind=kind, version=version, at_ms=1, object=BAD if is_bad else None)


def turn(version: int, change: Change, state_version: int | None = None) -> BookmarkVersion:
    return BookmarkVersion(
        version=version, change=change, run=1, attempt=0, created_ms=1, state_version=state_version
    )


QUARANTINED, SKIPPED = mark(MarkKind.QUARANTINED), mark(MarkKind.SKIPPED)
RETRIED, MENDED = mark(MarkKind.RETRIED), mark(MarkKind.MENDED)


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([QUARANTINED], QUARANTINED),
        ([QUARANTINED, RETRIED], None),
        ([QUARANTINED, MENDED], None),
        ([SKIPPED, QUARANTINED], QUARANTINED),
        ([QUARANTINED, SKIPPED], SKIPPED),
        ([SKIPPED, RETRIED], None),
        ([RETRIED, SKIPPED], SKIPPED),
    ],
)
def test_the_newest_mark_of_a_path_decides(marks: list[Mark], found: Mark | None) -> None:
    assert in_force(marks, []) == ({} if found is None else {BAD.path: found})


def test_paths_do_not_see_each_other() -> None:
    other = mark(MarkKind.RETRIED, path="s3://b/other")
    assert in_force([QUARANTINED, other], []) == {BAD.path: QUARANTINED}


@pytest.mark.parametrize(
    ("change", "is_over"),
    [
        (turn(4, Change.RESET), True),
        (turn(3, Change.RESET), False),  # before the mark
        (turn(9, Change.REWIND, state_version=2), True),  # noted after that state
        (turn(9, Change.REWIND, state_version=3), True),
        (turn(9, Change.REWIND, state_version=4), False),  # noted by the run that committed it
        (turn(3, Change.REWIND, state_version=2), False),  # before the mark
    ],
)
def test_what_ends_a_quarantine_ends_no_skip(change: BookmarkVersion, is_over: bool) -> None:
    assert in_force([QUARANTINED], [change]) == ({} if is_over else {BAD.path: QUARANTINED})
    assert in_force([SKIPPED], [change]) == {BAD.path: SKIPPED}


@pytest.mark.parametrize("reason", Reason)
def test_what_would_be_read_is_left_out_and_nothing_else_changes(reason: Reason) -> None:
    assert marked(reason, BAD, None) is reason
    is_read = reason.is_read
    assert marked(reason, BAD, QUARANTINED) is (
        Reason.QUARANTINED if is_read or reason is Reason.REFUSED else reason
    )
    assert marked(reason, CHANGED, QUARANTINED) is reason
    for listed in (BAD, CHANGED):
        left_out = is_read or reason is Reason.REFUSED
        assert marked(reason, listed, SKIPPED) is (Reason.LEFT_OUT if left_out else reason)


@pytest.mark.parametrize(
    ("share", "chosen", "most"),
    [(0.1, 1, 1), (0.1, 19, 1), (0.1, 20, 2), (0.1, 1000, 100), (0, 1000, 1), (1, 7, 7), (0.5, 3, 1)],
)
def test_a_share_of_the_chosen_may_be_bad_but_one_always(share: float, chosen: int, most: int) -> None:
    assert most_bad(share, chosen) == most
