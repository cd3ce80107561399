"""Names that a source has twice."""

from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.types.names import distinct


def test_names_that_occur_twice_get_their_position() -> None:
    assert distinct(["a", "b", "a"]) == ("a0", "b", "a2")


def test_names_that_differ_in_case_are_different() -> None:
    assert distinct(["a", "A"]) == ("a", "A")


def test_a_name_that_is_taken_is_not_made_again() -> None:
    assert distinct(["a", "a", "a0"]) == ("a0_", "a1", "a0")


@given(st.lists(st.text("a0_", max_size=3), max_size=8))
def test_every_name_occurs_once(names: list[str]) -> None:
    made = distinct(names)
    assert len(set(made)) == len(names) == len(made)
