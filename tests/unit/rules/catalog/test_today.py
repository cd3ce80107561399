"""Predicates with dates of today."""

from datetime import UTC, datetime

import pytest

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.catalog.predicates import predicate_of

NOW = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
KEYS = [("import_date", "string"), ("day", "date"), ("year", "int"), ("month", "string")]
ROWS = [("20260224", "2026-02-24", "2026", "2"), ("20260301", "2026-03-01", "2026", "03")]
ROWS += [("20260302", "2026-03-02", "2026", "3")]


def chosen(text: str) -> list[int]:
    matches = predicate_of(text, KEYS, now=NOW)
    return [number for number, row in enumerate(ROWS) if matches(row)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import_date>=date_format(date_sub(current_date, 5), 'yyyyMMdd')", [1, 2]),
        ("import_date = date_format(current_date(), 'yyyyMMdd')", [2]),
        ("import_date < date_format(date_add(current_date, -1), 'yyyyMMdd') or day = current_date", [0, 2]),
        ("day >= current_date - 1 and not day = current_date()", [1]),
        ("day >= current_date - interval 6 days", [0, 1, 2]),
        ("day > to_date('2026-02-24')", [1, 2]),
        ("day = cast(current_timestamp() as date)", [2]),
        ("year = year(current_date) and month = month(current_date)", [1, 2]),
        ("import_date in (date_format(now(), 'yyyyMMdd'), '20260224')", [0, 2]),
        ("import_date = from_unixtime(unix_timestamp(), 'yyyyMMdd')", [2]),
        ("day between date_sub(current_date(), 1) and current_date()", [1, 2]),
    ],
)
def test_dates_of_today(text: str, expected: list[int]) -> None:
    assert chosen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "day > date_trunc('month', current_date)",
        "import_date > date_format(current_date, 'EEEE')",
        "day > current_date - interval 1 month",
        "year(day) = year(current_date)",
    ],
)
def test_others_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputException, match="is not understood"):
        chosen(text)


def test_without_a_clock_they_are_refused() -> None:
    with pytest.raises(InvalidInputException, match="is not understood"):
        predicate_of("day = current_date", KEYS)
