"""Merges in the database: appended once, read by whoever comes after, alike on every database."""

import msgspec

from placekeeper.model.element import FileElement
from placekeeper.model.segments import Merge, SegmentRef
from placekeeper.model.source import FileSource
from placekeeper.rules.bookmarks import versions
from placekeeper.store.store import SqlStore


def _segment(key: str, *spans: tuple[int, int]) -> SegmentRef:
    return SegmentRef(key=key, rows=1, size=2, digest="d", versions=spans)


ELEMENT = FileElement(
    source=FileSource(connection_type="s3", paths=("s3://b",), format="csv"), run=1, watermark_ms=5
)


def _with_two_commits(store: SqlStore) -> int:
    with store.write() as tx:
        bookmark_id = tx.bookmarks.create("b", now_ms=1)
        last, segments = None, ()
        for n in (1, 2):
            opening = versions.opened(last, run_id=f"jr_{n}", now_ms=n * 10)
            last = versions.committed(opening, now_ms=n * 10 + 1)
            # As an old state has it: without the version, which is that of the run's commit.
            segments = (*segments, _segment(f"jr_{n}/ctx.parquet"))
            state = {"ctx": msgspec.structs.replace(ELEMENT, segments=segments)}
            tx.bookmarks.append(bookmark_id, opening)
            tx.bookmarks.append(bookmark_id, last, state=state, job_bookmark="{}")
    return bookmark_id


def test_a_merge_stands_in_wherever_a_state_is_read(store: SqlStore) -> None:
    bookmark_id = _with_two_commits(store)
    merge = Merge(context="ctx", segment=_segment("m.parquet", (2, 4)))
    with store.write() as tx:
        assert tx.merges.count(bookmark_id) == 0
        assert tx.merges.append(bookmark_id, 1, merge, now_ms=50)
        assert not tx.merges.append(bookmark_id, 1, merge, now_ms=60), "the number is taken"
    with store.read() as tx:
        assert tx.bookmarks.state(bookmark_id, 4)["ctx"].segments == (_segment("m.parquet", (2, 4)),)
        assert tx.bookmarks.state(bookmark_id, 2)["ctx"].segments == (_segment("m.parquet", (2, 2)),)
        stored = dict(tx.bookmarks.stored_states(bookmark_id))
        assert stored[4]["ctx"].segments == (
            _segment("jr_1/ctx.parquet", (2, 2)),
            _segment("jr_2/ctx.parquet", (4, 4)),
        )
        assert [(row.number, row.created_ms, row.merge) for row in tx.merges.of(bookmark_id)] == [
            (1, 50, merge)
        ]
        assert list(tx.merges.of(bookmark_id, after_version=5)) == []
        assert tx.merges.bookmark_ids() == [bookmark_id]


def test_dropped_segments_are_referenced_no_more(store: SqlStore) -> None:
    bookmark_id = _with_two_commits(store)
    with store.write() as tx:
        tx.merges.append(
            bookmark_id, 1, Merge(context="ctx", segment=_segment("m.parquet", (2, 4))), now_ms=50
        )
        tx.merges.drop({"jr_1/ctx.parquet"}, now_ms=60)
        tx.merges.drop(frozenset(), now_ms=60)
    with store.read() as tx:
        remaining = {"m.parquet", "jr_2/ctx.parquet"}
        assert tx.bookmarks.segment_keys(dropped_before_ms=61) == remaining
        assert tx.bookmarks.segment_keys(dropped_before_ms=60) == {*remaining, "jr_1/ctx.parquet"}
        assert tx.merges.dropped_before(60) == frozenset()
        assert tx.merges.dropped({"jr_1/ctx.parquet", "m.parquet"}) == {"jr_1/ctx.parquet"}
        assert tx.merges.dropped({f"k{n}" for n in range(2_000)}) == frozenset()


def test_what_the_rules_of_merging_ask_of_a_history(store: SqlStore) -> None:
    bookmark_id = _with_two_commits(store)
    with store.write() as tx:
        newest = tx.bookmarks.newest(bookmark_id)
        tx.bookmarks.append(bookmark_id, versions.reset(newest, now_ms=30))
        gone = tx.bookmarks.create("gone", now_ms=1)
        tx.bookmarks.append(gone, versions.opened(None, run_id="jr_9", now_ms=1))
        tx.bookmarks.mark_deleted("gone", now_ms=2)
    with store.read() as tx:
        assert tx.bookmarks.newest_versions() == {bookmark_id: 5}
        assert list(tx.bookmarks.turns(bookmark_id, (1, 9))) == [5]
        assert list(tx.bookmarks.turns(bookmark_id, (1, 4))) == []
        assert tx.bookmarks.newest_before(bookmark_id, 21) == 3
        assert tx.bookmarks.newest_before(bookmark_id, 1) == 0
