"""How often, how long and with what waits something is asked again."""

import pytest

from placekeeper.objects.patience import Patience, StillFailing, persist


class Store:
    """Fails `failures` times; each attempt takes `takes` seconds of a clock that only it and waits move."""

    def __init__(self, failures: int, *, takes: float = 0, error: Exception | None = None) -> None:
        self.failures = failures
        self.takes = takes
        self.error = error or ValueError("not now")
        self.asked = 0
        self.time = 0.0
        self.waits: list[float] = []

    def ask(self) -> int:
        self.asked += 1
        self.time += self.takes
        if self.asked <= self.failures:
            raise self.error
        return self.asked

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds


def persisting(store: Store, patience: Patience, chance: float = 0, *, asked: float | None = None) -> int:
    return persist(
        patience,
        store.ask,
        errors=(ValueError,),
        passes=lambda error: "now" in str(error),
        asked=lambda _: asked,
        seconds=lambda: store.time,
        sleep=store.sleep,
        chance=lambda: chance,
    )


def test_waits_double_up_to_the_longest() -> None:
    store = Store(5)
    assert persisting(store, Patience(attempts=6, first_wait=1, longest_wait=5)) == 6
    assert store.waits == [1, 2, 4, 5, 5]


def test_chance_shortens_waits_by_up_to_a_half() -> None:
    store = Store(2)
    persisting(store, Patience(first_wait=1), chance=1)
    assert store.waits == [0.5, 1]


def test_a_store_that_says_when_to_come_back_is_left_alone_so_long_and_then_our_own_wait() -> None:
    store = Store(2)
    assert persisting(store, Patience(first_wait=1), asked=30) == 3
    assert store.waits == [31, 32]


@pytest.mark.parametrize("takes", [0, 4])
def test_what_a_store_asks_for_is_bounded_by_the_patience(takes: float) -> None:
    store = Store(1, takes=takes)
    assert persisting(store, Patience(seconds=20, first_wait=1), asked=3600) == 2  # a last time, at its end
    assert store.waits == [20 - takes]
    stubborn = Store(99, takes=takes)
    with pytest.raises(StillFailing):
        persisting(stubborn, Patience(seconds=20, first_wait=1), asked=3600)
    assert stubborn.waits == [20 - takes]


def test_what_does_not_fail_waits_for_nothing() -> None:
    store = Store(0)
    assert persisting(store, Patience()) == 1
    assert store.waits == []


def test_the_last_attempt_is_the_last() -> None:
    store = Store(99)
    with pytest.raises(StillFailing) as raised:
        persisting(store, Patience(attempts=3, first_wait=1))
    assert (raised.value.attempts, raised.value.seconds, raised.value.last) == (3, 3, store.error)
    assert store.asked == 3


def test_no_attempt_begins_after_the_time_is_over() -> None:
    store = Store(99, takes=60)
    with pytest.raises(StillFailing) as raised:
        persisting(store, Patience(attempts=50, seconds=130, first_wait=1))
    assert raised.value.attempts == store.asked == 3
    assert store.time <= 130 + 60


@pytest.mark.parametrize("error", [ValueError("never"), KeyError("now")])
def test_what_lasts_is_raised_at_once(error: Exception) -> None:
    store = Store(99, error=error)
    with pytest.raises(type(error)) as raised:
        persisting(store, Patience())
    assert raised.value is error
    assert store.asked == 1
