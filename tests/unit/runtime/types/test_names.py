"""Names that a source has twice."""

from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.types.names import distinct, last_keeps


def test_names_that_occur_twice_get_their_position() -> None:
    assert distinct(["a", "b", "a"]) == ("a0", "b", "a2")


def test_names_that_differ_in_case_are_different() -> None:
    assert distinct(["a", "A"]) == ("a", "A")


def test_a_name_that_is_taken_is_not_made_again() -> None:
    assert distinct(["a", "a", "a0"]) == ("a0_", "a1", "a0")


def test_the_last_of_one_name_keeps_it() -> None:
    assert last_keeps(["id", "v", "id", "w", "id"]) == ("id0", "v", "id2", "w", "id")
    assert last_keeps(["a", "a", "a0"]) == ("a0_", "a", "a0")
    assert last_keeps(["a", "A"]) == ("a", "A")


@given(st.lists(st.text("a0_", max_size=3), max_size=8))
def test_every_name_occurs_once(names: list[str]) -> None:
    made = distinct(names)
    assert len(set(made)) == len(names) == len(made)
    kept = last_keeps(names)
    assert len(set(kept)) == len(names) == len(kept)
    assert set(names) <= set(kept)
