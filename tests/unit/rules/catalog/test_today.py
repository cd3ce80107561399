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
        ("year(day) = year(current_date)", [0, 1, 2]),
        ("day >= date_trunc('month', current_date)", [1, 2]),
        ("day > current_date - interval 1 week", [0, 1, 2]),
        ("to_date(import_date, 'yyyyMMdd') >= current_date() - 1", [1, 2]),
        ("concat(year, lpad(month, 2, '0')) = date_format(current_date, 'yyyyMM')", [1, 2]),
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
        "day > rand()",
        "import_date > date_format(current_date, 'QQQ')",
        "day > current_date - interval 1 fortnight",
        "day > to_date('2026-13-01')",
        "day rlike '^2026'",
        "date_format(day, import_date) = '2026'",
        "to_date(import_date, 'yyyyMd') = current_date",
        "year + 1.5 = 3",
        "year + current_date = 3",
        "exists(select 1)",
        "year in (select 1)",
        "upper(import_date, 'x') = 'X'",
        "cast(day as int) = 1",
        "trim(both 'x' from import_date) = 'y'",
    ],
)
def test_others_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputException, match="is not understood"):
        chosen(text)


def test_without_a_clock_they_are_refused() -> None:
    with pytest.raises(InvalidInputException, match="is not understood"):
        predicate_of("day = current_date", KEYS)


def test_a_text_beside_a_date_is_a_date_as_in_spark() -> None:
    """By the order of texts 20260224 would be after 2026-03-01, and all would be read."""
    with pytest.raises(InvalidInputException, match="'20260224' is no date"):
        chosen("import_date >= current_date - 1")


def test_what_has_no_value_counts_only_where_nothing_else_excludes_the_partition() -> None:
    assert chosen("to_date(import_date) = '2026-03-01' and year = 2025") == []
    assert chosen("try_cast(import_date as date) = '2026-03-01'") == []
    with pytest.raises(InvalidInputException, match=r"The partition \['20260224'.*cannot be read"):
        chosen("to_date(import_date) = '2026-03-01'")


@pytest.mark.parametrize("function", ["lpad", "rpad"])
def test_a_predicate_makes_no_endless_text(function: str) -> None:
    text = f"{function}(m, 2000000000) = 'x'"
    with pytest.raises(InvalidInputException, match=r"its length 2000000000 is more than 10,000"):
        predicate_of(text, [("m", "string")], now=NOW)(["1"])
