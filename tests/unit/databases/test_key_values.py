"""Key values as Python's, and back."""

import pytest

from placekeeper.databases.key_values import key_value


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
def test_a_day_that_no_calendar_has_is_no_key(kind: str) -> None:
    with pytest.raises(ValueError, match="0000-00-00 is no date of the calendar"):
        key_value(kind, "0000-00-00")  # type: ignore[arg-type]
