"""Requests keep to a share of a table's capacity, by the units that answers tell of."""

import pytest

from placekeeper.dynamodb.pace import Pace


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def seconds(self) -> float:
        return self.now


def test_a_pace_uses_no_more_units_a_second_than_it_may() -> None:
    time = Time()
    pace = Pace(10, time.sleep, time.seconds)
    for units in (5, 20, 0.5, 14.5):
        time.now += 0.25  # the request
        pace.spent({"CapacityUnits": units})
    assert time.now - 100 == pytest.approx(4 + 4 * 0.25)


def test_units_of_several_tables_count_together() -> None:
    time = Time()
    Pace(2, time.sleep, time.seconds).spent([{"CapacityUnits": 1}, {"CapacityUnits": 3}])
    assert time.now == 102


def test_without_a_bound_nothing_is_asked_and_nobody_waits() -> None:
    time = Time()
    pace = Pace(0, time.sleep, time.seconds)
    pace.spent({"CapacityUnits": 100})
    assert (pace.asks, time.now) == ({}, 100)
