"""Marks in the database: appended, read in their order, alike on every database; and which are in force."""

import pytest

from placekeeper.control.bookmarks.marks import marks_in_force
from placekeeper.model.marks import Mark, MarkKind
from placekeeper.model.objects import ObjectMeta
from placekeeper.rules.bookmarks import versions
from placekeeper.store.store import SqlStore


def mark(path: str, kind: MarkKind, version: int = 1, run_id: str | None = None) -> Mark:
    meta = ObjectMeta(path=path, last_modified_ms=2**53 + 1, size=2**40, e_tag="é", version="v")
    is_bad = kind is MarkKind.QUARANTINED
    return Mark(
        path=path,
        kind=kind,
        version=version,
        at_ms=7,
        object=meta if is_bad else None,
        context="rows" if is_bad else "",
        error="line 3: \0 broken" if is_bad else "",
        run_id=run_id,
    )


MARKS = [
    mark("s3://b/é.csv", MarkKind.QUARANTINED, run_id="jr_1"),
    mark("s3://b/a.csv", MarkKind.SKIPPED),
    mark("s3://b/é.csv", MarkKind.RETRIED),
    mark("s3://b/é.csv", MarkKind.QUARANTINED, run_id="jr_2"),
]


@pytest.fixture
def bookmark_id(store: SqlStore) -> int:
    with store.write() as tx:
        bookmark_id = tx.bookmarks.create("b", now_ms=1)
        tx.bookmarks.append(bookmark_id, versions.opened(None, run_id="jr_1", now_ms=1))
        for one in MARKS:
            tx.marks.append(bookmark_id, one)
    return bookmark_id


def test_marks_come_back_as_they_were_in_their_order(store: SqlStore, bookmark_id: int) -> None:
    with store.read() as tx:
        assert list(tx.marks.of(bookmark_id)) == MARKS
        assert list(tx.marks.of(bookmark_id + 1)) == []
        assert tx.marks.count(MarkKind.QUARANTINED) == 2
        assert tx.marks.count(MarkKind.QUARANTINED, run_id="jr_2") == 1
        assert tx.marks.count(MarkKind.MENDED) == 0
        assert tx.marks.marked_bookmarks() == {bookmark_id: "b"}


def test_marks_go_with_their_bookmark_and_not_to_the_next_of_its_name(
    store: SqlStore, bookmark_id: int
) -> None:
    with store.write() as tx:
        tx.bookmarks.mark_deleted("b", now_ms=2)
        again = tx.bookmarks.create("b", now_ms=3)
    with store.read() as tx:
        assert list(tx.marks.of(again)) == []
        assert tx.marks.marked_bookmarks() == {}
        assert tx.marks.count(MarkKind.QUARANTINED) == 2, "a counter never goes back"


def test_a_reset_ends_quarantines_before_it(store: SqlStore, bookmark_id: int) -> None:
    skipped, quarantined = MARKS[1], MARKS[3]
    with store.write() as tx:
        assert marks_in_force(tx, bookmark_id) == (skipped, quarantined)
        newest = tx.bookmarks.newest(bookmark_id)
        assert newest is not None
        tx.bookmarks.append(bookmark_id, versions.reset(newest, now_ms=9))
        assert marks_in_force(tx, bookmark_id) == (skipped,)
        later = mark("s3://b/é.csv", MarkKind.QUARANTINED, version=2)
        tx.marks.append(bookmark_id, later)
        assert marks_in_force(tx, bookmark_id) == (skipped, later)


def test_a_mark_before_the_first_version_of_a_bookmark(store: SqlStore) -> None:
    with store.write() as tx:
        bookmark_id = tx.bookmarks.create("new", now_ms=1)
        one = mark("s3://b/a.csv", MarkKind.SKIPPED, version=0)
        tx.marks.append(bookmark_id, one)
        assert marks_in_force(tx, bookmark_id) == (one,)
