"""The choice of segments to merge, of states that a merged segment can serve, and of states still in reach.

A bookmark's history is a tree: a rewind goes on from an older version, so the ledgers of two states share
their beginning and nothing else. Therefore a state shares with a merged segment all its rows up to some
version.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from placekeeper.model.bookmark import BookmarkState, BookmarkVersion, source_elements, with_segments
from placekeeper.model.segments import Merge, SegmentRef
from placekeeper.rules.ledger.version_ranges import contain, newest_in_both, united, up_to

WIDTH = 8
"""The fewest neighbouring segments that are merged: fewer are not worth the rewriting."""

MOST = 64
"""The most segments in one merge: each is open, with a batch of its rows in memory."""


def window(rows: Sequence[int]) -> slice | None:
    """The neighbours to merge, given the rows of each segment, oldest first; None if no merge is due.

    The window grows from the newest end, by each segment that is at most twice as large as all newer ones of
    the window together. So whenever a row is rewritten, its segment grows by half or more: that happens
    O(log n) times, and O(log n) segments remain, whatever their sizes.
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
    """The same state, with merged segments in the place of the originals; `merges` are oldest first."""
    by_context: dict[str, list[SegmentRef]] = {}
    of_objects = source_elements(state)
    for merge in reversed(merges):
        if merge.context in of_objects:
            by_context.setdefault(merge.context, []).append(merge.segment)
    return with_segments(
        state,
        lambda context, segments: (
            stand_ins(segments, by_context[context]) if context in by_context else segments
        ),
    )


def stand_ins(segments: Sequence[SegmentRef], merged: Sequence[SegmentRef]) -> tuple[SegmentRef, ...]:
    """The segments to read instead of `segments`, the ledger of one state, oldest first.

    `merged` are newest first.

    More merged segments to choose from never make another of `segments`, or an older merged one, necessary:
    garbage collection relies on that.
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
    """Keys of segments that no reached state needs: `settled` merges replace them, or nothing reads them.

    `stored` are the states of all commits of a bookmark as they were stored, with their versions. A reader of
    one of the `reached` states uses the settled merges, and perhaps any of the `young` ones.
    """
    candidates = {
        context: prevailing(reversed([merge.segment for merge in settled if merge.context == context]))
        for context in {merge.context for merge in settled}
    }
    needed = {merge.segment.key for merge in young}
    there = {merge.segment.key for merge in settled}
    for version, state in stored:
        for context, element in source_elements(state).items():
            there |= {segment.key for segment in element.segments}
            if version in reached:
                pieces = stand_ins(element.segments, candidates.get(context, ()))
                needed |= {segment.key for segment in pieces}
    return frozenset(there - needed)


def prevailing(merged: Iterable[SegmentRef]) -> list[SegmentRef]:
    """Merged segments, newest first, without those that a newer one replaces in every case."""
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
