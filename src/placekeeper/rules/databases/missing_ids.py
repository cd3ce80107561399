"""Whole numbers that no row had: which are asked for again, and which are remembered.

Source: docs/reference/database-bookmarks.md#missing-ids.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from placekeeper.model.databases import IdRange, Key, MissingIds
from placekeeper.rules.databases.key_values import whole_number

MOST_RANGES: Final = 10_000
"""The most ranges that a bookmark remembers."""


_AGES: Final = 24

_IDS_AT_ONCE: Final = 500
"""Ranges in one statement: databases give up on plans for very many."""


class NextMissing(Struct, frozen=True):
    """The ranges to remember; how many numbers have expired, and how many had no room."""

    ranges: tuple[MissingIds, ...]
    expired: int = 0
    dropped: int = 0


def outside(missing: Iterable[MissingIds], covered: IdRange | None) -> tuple[IdRange, ...]:
    """The numbers that are asked for by themselves, because the range that is looked at again lacks them."""
    found = []
    for one in missing:
        if covered is None or one.last < covered.first or one.first > covered.last:
            found.append(IdRange(one.first, one.last))
            continue
        if one.first < covered.first:
            found.append(IdRange(one.first, covered.first - 1))
        if one.last > covered.last:
            found.append(IdRange(covered.last + 1, one.last))
    return tuple(found)


def up_to(missing: Iterable[MissingIds], last: Key, *, descending: bool) -> tuple[MissingIds, ...]:
    """The numbers that are not after a key in the order of reading."""
    end = whole_number(last)
    if end is None:
        return ()
    if descending:
        cut = (MissingIds(max(one.first, end), one.last, one.since_ms) for one in missing)
    else:
        cut = (MissingIds(one.first, min(one.last, end), one.since_ms) for one in missing)
    return tuple(one for one in cut if one.first <= one.last)


def next_missing(
    missing: Sequence[MissingIds],
    came: Iterable[int],
    gaps: Iterable[IdRange],
    *,
    now_ms: int,
    seconds: int,
    most: int = MOST_RANGES,
) -> NextMissing:
    """What to remember after a run, given the numbers that `came` and the new `gaps`.

    A number that came is in no gap: the database may have shown its row only after the gaps were looked for.
    Numbers that have been missing for `seconds` expire. Of more than `most` ranges, those that have been
    missing for the longest time have no room.
    """
    numbers = sorted(came)
    left = [part for one in missing for part in _without(one, numbers)]
    fresh = [one for one in left if now_ms - one.since_ms < seconds * 1000]
    new = (MissingIds(gap.first, gap.last, now_ms) for gap in gaps)
    found = [*fresh, *(part for gap in new for part in _without(gap, numbers))]
    kept = sorted(found, key=lambda one: (-one.since_ms, -one.last))[:most]
    return NextMissing(
        ranges=tuple(sorted(kept, key=lambda one: one.first)),
        expired=count(left) - count(fresh),
        dropped=count(found) - count(kept),
    )


def with_room(
    missing: Iterable[MissingIds],
    came: Iterable[int],
    gaps: Sequence[IdRange],
    *,
    most: int = MOST_RANGES,
) -> tuple[tuple[MissingIds, ...], tuple[MissingIds, ...]]:
    """The ranges that are remembered beside new `gaps`, and those that have no room: the oldest ones."""
    numbers = sorted(came)
    left = [part for one in missing for part in _without(one, numbers)]
    by_age = sorted(left, key=lambda one: (-one.since_ms, -one.last))
    room = max(0, most - len(gaps))
    return tuple(sorted(by_age[:room], key=lambda one: one.first)), tuple(by_age[room:])


def unlisted_now(
    known: Iterable[MissingIds], others: Iterable[MissingIds], *, now_ms: int, seconds: int
) -> tuple[MissingIds, ...]:
    """The parts in which keys are missing that no list has, without those that have expired.

    Parts of about the same age become one, so that there are at most some 25.
    """
    found: dict[int, MissingIds] = {}
    for one in (*known, *others):
        if now_ms - one.since_ms >= seconds * 1000:
            continue
        age = one.since_ms * _AGES // (seconds * 1000)
        same = found.get(age, one)
        found[age] = MissingIds(
            min(same.first, one.first), max(same.last, one.last), max(same.since_ms, one.since_ms)
        )
    return tuple(found[age] for age in sorted(found))


def among(ids: Iterable[int], gaps: Sequence[IdRange]) -> list[int]:
    """The numbers that are in gaps, which are sorted."""
    firsts = [gap.first for gap in gaps]
    found = []
    for id in ids:
        at = bisect_right(firsts, id) - 1
        if at >= 0 and id <= gaps[at].last:
            found.append(id)
    return found


def count(ranges: Iterable[IdRange | MissingIds]) -> int:
    """How many numbers there are in ranges."""
    return sum(one.last - one.first + 1 for one in ranges)


def chunks(ids: Sequence[IdRange]) -> Iterator[tuple[IdRange, ...]]:
    """Ranges in groups, each for one statement."""
    for begin in range(0, len(ids), _IDS_AT_ONCE):
        yield tuple(ids[begin : begin + _IDS_AT_ONCE])


def _without(one: MissingIds, numbers: Sequence[int]) -> Iterable[MissingIds]:
    """What is left of a range without some of the numbers, which are sorted."""
    first = one.first
    for number in numbers[bisect_left(numbers, one.first) : bisect_right(numbers, one.last)]:
        if number > first:
            yield MissingIds(first, number - 1, one.since_ms)
        first = max(first, number + 1)
    if first <= one.last:
        yield MissingIds(first, one.last, one.since_ms)
