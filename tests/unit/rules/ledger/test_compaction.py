"""Which segments are merged, what stands for what, and what nobody needs any more."""

import math

from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.bookmark import BookmarkVersion, Change
from placekeeper.model.element import FileElement
from placekeeper.model.segments import Merge, SegmentRef
from placekeeper.model.source import FileSource
from placekeeper.rules.ledger.compaction import (
    MOST,
    WIDTH,
    prevailing,
    reached,
    stand_ins,
    superfluous,
    window,
)

SOURCE = FileSource(connection_type="s3", paths=("s3://b",), format="csv")


def segment(key: str, *versions: tuple[int, int], whole_from: int = 0) -> SegmentRef:
    return SegmentRef(key=key, rows=1, size=1, digest="0", versions=versions, whole_from=whole_from)


def originals(*versions: int) -> list[SegmentRef]:
    return [segment(f"s{version}", (version, version)) for version in versions]


def found(segments) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    return [(one.key, one.versions) for one in segments]


# --- which are merged ------------------------------------------------------------------------------------


def test_few_segments_are_left_alone() -> None:
    assert window([1] * (WIDTH - 1)) is None
    assert window([]) is None


def test_equal_neighbours_are_merged_as_soon_as_they_are_enough() -> None:
    assert window([1] * WIDTH) == slice(0, WIDTH)


def test_a_large_old_segment_is_not_written_again_for_a_few_small_ones() -> None:
    assert window([1_000_000, *[1] * WIDTH]) == slice(1, WIDTH + 1)


def test_never_more_at_once_than_can_be_open() -> None:
    assert window([1] * 1_000) == slice(1_000 - MOST, 1_000)


@given(sizes=st.lists(st.sampled_from([1, 1, 1, 3, 50, 1_000, 40_000]), min_size=1, max_size=400))
def test_few_segments_remain_and_rows_are_seldom_written_again(sizes: list[int]) -> None:
    """Whatever the sizes of commits: O(log n) segments, and O(log n) writes of a row on average."""
    segments: list[int] = []
    written = 0
    for size in sizes:
        segments.append(size)
        while (due := window(segments)) is not None:
            merged = sum(segments[due])
            written += merged
            segments[due] = [merged]
        doublings = math.log2(sum(segments)) + 1
        assert len(segments) < WIDTH * doublings
    assert sum(segments) == sum(sizes)
    assert written <= sum(sizes) * 2 * doublings


# --- what stands for what --------------------------------------------------------------------------------


def test_segments_of_one_history_are_replaced_and_later_ones_stay() -> None:
    assert found(stand_ins(originals(2, 4, 6, 8), [segment("m", (2, 6))])) == [
        ("m", ((2, 6),)),
        ("s8", ((8, 8),)),
    ]


def test_after_a_rewind_only_the_common_past_counts() -> None:
    """Rewound to 4 from 9, then 12 and 14: rows of 6 and 8 are in the merged segment and do not come back."""
    assert found(stand_ins(originals(2, 4, 12, 14), [segment("m", (2, 8))])) == [
        ("m", ((2, 4),)),
        ("s12", ((12, 12),)),
        ("s14", ((14, 14),)),
    ]


def test_a_merge_after_a_rewind_does_not_stand_for_what_was_left() -> None:
    merged = segment("m", (2, 4), (12, 14))
    assert found(stand_ins(originals(2, 4, 6, 8), [merged])) == [
        ("m", ((2, 4),)),
        ("s6", ((6, 6),)),
        ("s8", ((8, 8),)),
    ]


def test_the_newest_merge_is_taken_and_applying_it_again_changes_nothing() -> None:
    merges = [segment("m2", (2, 10)), segment("m1", (2, 4))]
    once = stand_ins(originals(2, 4, 6, 8, 10), merges)
    assert found(once) == [("m2", ((2, 10),))]
    assert stand_ins(once, merges) == once


def test_a_thinned_segment_stands_for_no_state_that_would_miss_rows() -> None:
    thinned = segment("m", (2, 8), whole_from=6)
    assert found(stand_ins(originals(2, 4), [thinned])) == found(originals(2, 4))
    assert found(stand_ins(originals(2, 4, 6), [thinned])) == [("m", ((2, 6),))]


def test_segments_that_do_not_say_their_version_stay() -> None:
    assert found(stand_ins([segment("old"), *originals(4, 6)], [segment("m", (4, 6))])) == [
        ("old", ()),
        ("m", ((4, 6),)),
    ]


def test_a_newer_merge_prevails_only_where_it_can_always_stand_in() -> None:
    old, new = segment("old", (2, 6)), segment("new", (2, 20))
    assert prevailing([new, old]) == [new]
    thinned = segment("thinned", (2, 20), whole_from=4)
    assert prevailing([thinned, old]) == [thinned, old]


# --- what nobody needs -----------------------------------------------------------------------------------


def _states(**segments: list[SegmentRef]):
    return [
        (int(name[1:]), {"ctx": FileElement(source=SOURCE, run=1, watermark_ms=1, segments=tuple(refs))})
        for name, refs in segments.items()
    ]


def _merge(one: SegmentRef) -> Merge:
    return Merge(context="ctx", segment=one)


def test_what_was_merged_is_superfluous_where_every_reached_state_has_the_merge() -> None:
    states = _states(v2=originals(2), v4=originals(2, 4), v6=originals(2, 4, 6))
    assert superfluous(states, [_merge(segment("m", (2, 4)))], [], {2, 4, 6}) == {"s2", "s4"}


def test_a_reached_state_that_a_thinned_segment_cannot_serve_keeps_its_own() -> None:
    states = _states(v2=originals(2), v4=originals(2, 4))
    thinned = _merge(segment("m", (2, 4), whole_from=4))
    assert superfluous(states, [thinned], [], {2, 4}) == {"s4"}
    assert superfluous(states, [thinned], [], {4}) == {"s2", "s4"}


def test_a_merge_of_another_context_says_nothing() -> None:
    other = Merge(context="other", segment=segment("m", (2, 4)))
    assert superfluous(_states(v4=originals(2, 4)), [other], [], {4}) == {"m"}


def test_what_nobody_reaches_is_superfluous_merged_or_not() -> None:
    states = _states(v2=originals(2), v4=originals(2, 4), v8=originals(8))  # a reset between 4 and 8
    assert superfluous(states, [], [], {4, 8}) == frozenset()
    assert superfluous(states, [], [], {8}) == {"s2", "s4"}
    assert superfluous(states, [_merge(segment("m", (2, 4)))], [], set()) == {"m", "s2", "s4", "s8"}


def test_merged_segments_become_superfluous_too_and_young_ones_never() -> None:
    small, large = _merge(segment("m1", (2, 4))), _merge(segment("m2", (2, 6)))
    states = _states(v6=originals(2, 4, 6))
    assert superfluous(states, [small, large], [], {6}) == {"s2", "s4", "s6", "m1"}
    assert superfluous(states, [small], [large], {6}) == {"s2", "s4"}


def _version(number: int, change: Change, state_version: int | None) -> BookmarkVersion:
    return BookmarkVersion(
        version=number, change=change, run=1, attempt=0, created_ms=number * 10, state_version=state_version
    )


def test_a_state_is_reached_as_long_as_it_was_in_force() -> None:
    history = [
        _version(6, Change.OPEN, 2),
        _version(5, Change.REWIND, 2),
        _version(4, Change.COMMIT, 4),
        _version(3, Change.OPEN, 2),
        _version(2, Change.COMMIT, 2),
        _version(1, Change.OPEN, None),
    ]
    assert reached(history, since_ms=0) == {2, 4}
    assert reached(history, since_ms=50) == {2, 4}
    assert reached(history, since_ms=51) == {2}
    assert reached(history[1:], since_ms=1_000) == {2}
    assert reached(history, since_ms=100, deleted_ms=100) == {2}
    assert reached(history, since_ms=101, deleted_ms=100) == frozenset()
    assert reached([], since_ms=0) == frozenset()
