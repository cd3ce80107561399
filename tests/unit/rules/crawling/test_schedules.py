"""Schedules of crawlers, as AWS writes them."""

import pytest

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.crawling.schedules import check_schedule


@pytest.mark.parametrize(
    "schedule",
    [
        "cron(* * * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0/10 * ? * MON-FRI *)",
        "cron(0,30 8-17 L * ? 2026-2030)",
        "cron(15 12 * * ? *)",
        "cron(15 8 ? * 6L *)",
        "cron(30 9 ? * 2#1 *)",
        "cron(5 8 15W jan,jul ? *)",
    ],
)
def test_what_aws_takes(schedule: str) -> None:
    check_schedule(schedule)


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ("", "not cron"),
        ("rate(5 minutes)", "not cron"),
        ("cron(15 12 * * ?)", "5 fields"),
        ("cron(15 12 * * ? * *)", "7 fields"),
        ("cron(60 12 * * ? *)", "'60' is no minutes"),
        ("cron(-1 12 * * ? *)", "'-1' is no minutes"),
        ("cron(1/0 12 * * ? *)", "'1/0' is no minutes"),
        ("cron(0 24 * * ? *)", "'24' is no hours"),
        ("cron(0 0 * 13 ? *)", "'13' is no month"),
        ("cron(0 0 * * ? 1969)", "'1969' is no year"),
        ("cron(0 0 ? * NOON *)", "'NOON' is no day of week"),
        ("cron(0 0 1 * MON *)", "has to be ?"),
        ("cron(0 0 ? * ? *)", "has to be ?"),
    ],
)
def test_what_it_refuses(schedule: str, why: str) -> None:
    with pytest.raises(InvalidInputException, match=r"The schedule .* is not valid") as refused:
        check_schedule(schedule)
    assert why in str(refused.value)
