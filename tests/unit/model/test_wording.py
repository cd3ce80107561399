"""The name that was meant."""

import pytest

from placekeeper.model.wording import meant


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Recurse", "; did you mean recurse?"),
        ("recurs", "; did you mean recurse?"),
        ("groupfiles", "; did you mean groupFiles?"),
        ("year", ""),
    ],
)
def test_the_name_that_was_meant(name, said):
    assert meant(name, ["recurse", "groupFiles"]) == said
