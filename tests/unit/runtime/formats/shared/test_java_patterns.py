"""Java's patterns of dates: what each letter spells, and which are refused."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.shared.java_patterns import formatter

MOMENT = datetime.datetime(2024, 3, 5, 14, 7, 9, 12345, tzinfo=ZoneInfo("Asia/Kolkata"))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]", "2024-03-05T14:07:09.012+05:30"),
        ("y yy yyyyy M MM MMM MMMM L d dd D DDD", "2024 24 02024 3 03 Mar March 3 5 05 65 065"),
        ("E EEE EEEE h hh K k H a", "Tue Tue Tuesday 2 02 2 14 14 PM"),
        ("S SS SSSSSS SSSSSSSSS", "0 01 012345 012345000"),
        (
            "X XX XXX x xx xxx Z ZZZZZ z VV",
            "+0530 +0530 +05:30 +0530 +0530 +05:30 +0530 +05:30 IST Asia/Kolkata",
        ),
        ("yyyy''MM 'of' 'o''clock'", "2024'03 of o'clock"),
    ],
)
def test_each_letter(pattern: str, text: str) -> None:
    assert formatter(pattern, "timestampFormat")(MOMENT) == text


def test_utc_and_midnight() -> None:
    moment = datetime.datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC"))
    assert formatter("h K k a X XXX x xxx z", "x")(moment) == "12 0 24 AM Z Z +00 +00:00 UTC"


@pytest.mark.parametrize(
    ("pattern", "said"), [("yyyy-ww", "'ww' is not written here"), ("yyyy 'x", "a quote is not closed")]
)
def test_others_are_refused(pattern: str, said: str) -> None:
    with pytest.raises(UnsupportedFeature, match=said) as raised:
        formatter(pattern, "dateFormat")
    assert f"dateFormat is {pattern!r}" in str(raised.value)
