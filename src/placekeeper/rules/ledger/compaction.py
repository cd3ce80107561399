"""Which segments are merged, which states a merged segment stands for, and which states are still reached.

A bookmark's history is a tree: a rewind goes on from an older version, so the ledgers of two states have
their beginning in common and nothing else. What a state shares with a merged segment is therefore a beginning
of it: all its rows up to some version.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from placekeeper.model.bookmark import BookmarkState, BookmarkVersion
from placekeeper.model.segments import Merge, SegmentRef
from placekeeper.rules.ledger.version_ranges import contain, newest_in_both, united, up_to

WIDTH = 8
"""How many neighbouring segments are merged at least: what is rewritten has to pay."""

MOST = 64
"""How many at most: each is open, with a batch of its rows in memory."""


def window(rows: Sequence[int]) -> slice | None:
    """Which neighbours to merge, given the rows of each segment, oldest first; None when all is well.

    From the newest end: as many as are each at most twice as large as all newer ones of the window together.
    So a row comes into a segment half as large again whenever it is written again, which is O(log n) times,
    and O(log n) segments remain, however their sizes follow each other.
    """
    for end in range(len(rows), WIDTH - 1, -1):
        start, total = end - 1, rows[end - 1]
        while start > 0 and end - start < MOST and rows[start - 1] <= 2 * total:
            start -= 1
            total += rows[start]
        if end - start >= WIDTH:
            return slice(start, end)
    return None


def compacted(state: BookmarkState, merges: Sequence[Merge]) -> BookmarkState:
    """The same state, its segments replaced by those that merges made of them; `merges` are oldest first."""
    by_context: dict[str, list[SegmentRef]] = {}
    for merge in reversed(merges):
        by_context.setdefault(merge.context, []).append(merge.segment)
    return {
        context: msgspec.structs.replace(element, segments=stand_ins(element.segments, by_context[context]))
        if context in by_context
        else element
        for context, element in state.items()
    }


def stand_ins(segments: Sequence[SegmentRef], merged: Sequence[SegmentRef]) -> tuple[SegmentRef, ...]:
    """What to read instead of `segments`, which are the ledger of one state; `merged` are newest first.

    Segments come oldest first. With more merged ones to choose from, no other of `segments` is needed, and
    no older merged one: garbage collection relies on that.
    """
    counting = united(span for segment in segments for span in segment.versions)
    left, found = list(segments), []
    for candidate in merged:
        newest = newest_in_both(counting, candidate.versions)
        if newest is None or newest < candidate.whole_from:
            continue
        kept = [s for s in left if not s.versions or not contain(candidate.versions, s.versions)]
        if len(kept) < len(left):
            left = kept
            found.append(msgspec.structs.replace(candidate, versions=up_to(candidate.versions, newest)))
    return tuple(sorted([*left, *found], key=lambda segment: segment.versions))


def superfluous(
    stored: Iterable[tuple[int, BookmarkState]],
    settled: Sequence[Merge],
    young: Sequence[Merge],
    reached: Collection[int],
) -> frozenset[str]:
    """Keys of segments that no reached state needs: `settled` merges stand for them, or nobody goes there.

    `stored` are the states of all commits of a bookmark as they were stored, with their versions. Whoever
    reads one of the `reached` may do so through the settled merges, with any of the `young` ones besides.
    """
    candidates = {
        context: prevailing(reversed([merge.segment for merge in settled if merge.context == context]))
        for context in {merge.context for merge in settled}
    }
    needed = {merge.segment.key for merge in young}
    there = {merge.segment.key for merge in settled}
    for version, state in stored:
        for context, element in state.items():
            there |= {segment.key for segment in element.segments}
            if version in reached:
                pieces = stand_ins(element.segments, candidates.get(context, ()))
                needed |= {segment.key for segment in pieces}
    return frozenset(there - needed)


def prevailing(merged: Iterable[SegmentRef]) -> list[SegmentRef]:
    """Merged segments, newest first, without those that a newer one stands for whenever they could."""
    found: list[SegmentRef] = []
    for segment in merged:
        if not any(
            contain(newer.versions, segment.versions) and newer.whole_from <= segment.whole_from
            for newer in found
        ):
            found.append(segment)
    return found


def reached(
    history: Sequence[BookmarkVersion], since_ms: int, *, deleted_ms: int | None = None
) -> frozenset[int]:
    """The commits whose state was in force at any time since an instant; `history` is newest first.

    A rewind to the end of any run of that time leads to one of them. `deleted_ms` is when the bookmark was
    deleted, None while it lives.
    """
    ended_ms = deleted_ms
    found = set()
    for version in history:
        if version.state_version is not None and (ended_ms is None or ended_ms >= since_ms):
            found.add(version.state_version)
        ended_ms = version.created_ms
    return frozenset(found)
