"""How far runs look back, as options and arguments say it."""

import pytest

from placekeeper.model.databases import LookBack
from placekeeper.model.errors import UsageError
from placekeeper.rules.selection.look_back import LOOK_BACK_ARGUMENTS, look_back


@pytest.mark.parametrize(
    ("said", "rows", "seconds"),
    [
        ("500", 500, 600),
        (500, 500, 600),
        ("0", 0, 600),
        ("500 rows", 500, 600),
        ("1 row", 1, 600),
        ("15 minutes", 10_000, 900),
        ("90s", 10_000, 90),
        ("2 Days, 5 rows", 5, 172_800),
        ("0 rows, 0 s", 0, 0),
    ],
)
def test_a_distance_is_rows_or_time_or_both(said: object, rows: int, seconds: int) -> None:
    expected = LookBack(rows=rows, seconds=seconds)
    assert look_back({"bookmarkLookBack": said}, {}) == expected
    assert look_back({}, {"--bookmark-look-back": str(said)}) == expected


def test_times_without_a_unit_are_seconds() -> None:
    said = look_back(
        {"bookmarkHoldBack": 90, "bookmarkMissingKeys": "2 h"}, {"--bookmark-hold-back": "1 day"}
    )
    assert said == LookBack(hold_back_seconds=90, missing_seconds=7200)
    assert look_back({}, {}) == LookBack()


@pytest.mark.parametrize("name", sorted(LOOK_BACK_ARGUMENTS))
@pytest.mark.parametrize(
    "value", ["", "soon", "-1", "1.5 h", "5 weeks", "1 h 5 min", "99999 days", "1,,2", "True"]
)
def test_anything_else_is_refused_by_the_name_that_said_it(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"^{name} is a "):
        look_back({}, {name: value})
    with pytest.raises(UsageError, match=f"^{LOOK_BACK_ARGUMENTS[name]} is a "):
        look_back({LOOK_BACK_ARGUMENTS[name]: value}, {})


def test_rows_are_no_time() -> None:
    with pytest.raises(UsageError, match=r"^bookmarkHoldBack is a time"):
        look_back({"bookmarkHoldBack": "5 rows"}, {})
