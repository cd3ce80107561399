"""Many prefixes are asked as one after the other would be."""

from hypothesis import given
from hypothesis import strategies as st

from placekeeper.rules.prefixes import Prefixes

TEXTS = st.text("ab/", max_size=5)


@given(st.lists(TEXTS, max_size=6), TEXTS)
def test_they_are_asked_as_one_after_the_other(texts: list[str], uri: str) -> None:
    prefixes = Prefixes(texts)
    assert prefixes.cover(uri) == any(uri.startswith(text) for text in texts)
    assert prefixes.overlap(uri) == any(uri.startswith(text) or text.startswith(uri) for text in texts)
