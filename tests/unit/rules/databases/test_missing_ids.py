"""Whole numbers that no row had."""

from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.databases import IdRange, MissingIds
from placekeeper.rules.databases.missing_ids import among, count, next_missing, outside

NUMBERS = st.sets(st.integers(-30, 30))


def ranges(numbers: set[int], since_ms: int = 0) -> list[MissingIds]:
    return [MissingIds(number, number, since_ms) for number in sorted(numbers)]


def numbers(some: object) -> set[int]:
    return {n for one in some for n in range(one.first, one.last + 1)}  # type: ignore[attr-defined]


@given(NUMBERS, NUMBERS)
def test_what_came_is_not_missing_any_more(missing: set[int], came: set[int]) -> None:
    whole = [MissingIds(-40, 40, 5), *ranges(missing)]
    found = next_missing(whole[:1], came, (), now_ms=10, seconds=1)
    assert numbers(found.ranges) == set(range(-40, 41)) - came
    assert {one.since_ms for one in found.ranges} <= {5}
    singles = next_missing(ranges(missing), came, (), now_ms=10, seconds=1)
    assert numbers(singles.ranges) == missing - came


def test_numbers_expire_and_are_counted() -> None:
    missing = [MissingIds(1, 4, 1000), MissingIds(8, 9, 2000)]
    found = next_missing(missing, [2], [IdRange(20, 21)], now_ms=62_000, seconds=60)
    assert found.ranges == (MissingIds(20, 21, 62_000),)
    assert found.expired == 5
    young = next_missing(missing, [2], [], now_ms=61_000, seconds=60)
    assert young.ranges == (MissingIds(8, 9, 2000),)
    assert young.expired == 3


def test_what_has_been_missing_for_long_makes_room() -> None:
    found = next_missing(
        ranges({1, 2}, 0) + ranges({9}, 5), (), [IdRange(4, 6)], now_ms=9, seconds=60, most=2
    )
    assert found.ranges == (MissingIds(4, 6, 9), MissingIds(9, 9, 5))
    assert found.dropped == 2


@given(NUMBERS, st.integers(-30, 30), st.integers(0, 20))
def test_those_outside_a_range_are_asked_for_by_themselves(missing: set[int], first: int, more: int) -> None:
    covered = IdRange(first, first + more)
    assert numbers(outside(ranges(missing), covered)) == missing - numbers([covered])
    assert outside([MissingIds(-60, 60, 0)], covered) == (
        IdRange(-60, first - 1),
        IdRange(first + more + 1, 60),
    )
    assert numbers(outside(ranges(missing), None)) == missing


def test_ranges_are_counted() -> None:
    assert count([IdRange(3, 3), IdRange(5, 9)]) == 6


def test_a_number_that_was_read_is_not_missing() -> None:
    gaps = [IdRange(3, 5), IdRange(8, 8)]
    assert among([1, 4, 6, 8, 9], gaps) == [4, 8]
    found = next_missing([], among([1, 4, 8], gaps), gaps, now_ms=7, seconds=10)
    assert found.ranges == (MissingIds(3, 3, 7), MissingIds(5, 5, 7))
