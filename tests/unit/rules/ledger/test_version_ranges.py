"""Ranges of versions against sets of them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from placekeeper.rules.ledger.version_ranges import contain, newest_in_both, united, up_to

SETS = st.sets(st.integers(1, 20), max_size=8)


def ranges(versions: set[int]):
    return united((version, version) for version in versions)


def versions(found) -> set[int]:
    return {version for first, last in found for version in range(first, last + 1)}


@given(one=SETS, other=SETS, bound=st.integers(0, 21))
def test_ranges_say_what_sets_say(one: set[int], other: set[int], bound: int) -> None:
    assert versions(ranges(one)) == one
    assert contain(ranges(one), ranges(other)) == (other <= one)
    assert newest_in_both(ranges(one), ranges(other)) == max(one & other, default=None)
    assert versions(up_to(ranges(one), bound)) == {version for version in one if version <= bound}


@given(one=SETS)
def test_ranges_are_as_few_as_can_be(one: set[int]) -> None:
    found = ranges(one)
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(found))


def test_gaps_are_closed_where_nothing_else_is_in_them() -> None:
    spans = [(2, 2), (6, 6), (10, 12)]
    assert united(spans) == ((2, 2), (6, 6), (10, 12))
    assert united(spans, apart=[]) == ((2, 12),)
    assert united(spans, apart=[(4, 4)]) == ((2, 2), (6, 12))
    assert united(spans, apart=[(7, 30)]) == ((2, 6), (10, 12))
    assert united(spans, apart=[(1, 30)]) == ((2, 2), (6, 6), (10, 12))
    assert united(spans, apart=[(12, 40)]) == ((2, 12),)
