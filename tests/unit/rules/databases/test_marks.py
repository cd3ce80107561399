"""How far earlier runs had read when."""

from placekeeper.model.databases import KeyValue, Moment, OpenTransaction, Reached
from placekeeper.rules.databases.key_values import moved, time_value
from placekeeper.rules.databases.marks import open_since, with_mark


def mark(now_s: int, id: int) -> Reached:
    return Reached(now_s * 1_000_000, (KeyValue("int", str(id)),))


def moment(*since_s: int, knows: bool = True) -> Moment:
    found = tuple(OpenTransaction(name=f"t{one}", since_us=one * 1_000_000) for one in since_s)
    return Moment(now_us=10**9, open=found, knows_open=knows)


def test_a_transaction_writes_behind_the_last_mark_before_it_began() -> None:
    marks = [mark(10, 1), mark(20, 2), mark(30, 3)]
    found = open_since(moment(25), marks)
    assert found is not None
    assert (found.after, found.is_known) == (marks[1].last, True)
    oldest = open_since(moment(10), marks)
    assert oldest is not None
    assert (oldest.after, oldest.is_known) == (marks[0].last, False)
    nothing = open_since(moment(10), [])
    assert nothing is not None
    assert (nothing.after, nothing.is_known) == (None, False)
    assert open_since(moment(), marks) is None
    assert open_since(moment(5, knows=False), marks) is None


def test_marks_are_thinned_and_the_oldest_stays_in_reach() -> None:
    marks: tuple[Reached, ...] = ()
    for minute in range(60 * 24 * 30):
        marks = with_mark(marks, mark(minute * 60, minute))
    assert len(marks) < 60
    now_s = marks[-1].now_us // 1_000_000
    assert list(marks) == sorted(marks, key=lambda one: one.now_us)
    for age in (60, 3600, 86_400, 7 * 86_400):
        older = [now_s - one.now_us // 1_000_000 for one in marks if now_s - one.now_us // 1_000_000 > age]
        assert older
        assert min(older) <= 4 * age + 3600


def test_a_key_is_marked_once_and_a_clock_that_goes_back_is_followed() -> None:
    assert with_mark((mark(1, 5),), mark(2, 5)) == (mark(1, 5),)
    assert with_mark((mark(1, 5), mark(9, 6)), mark(4, 7)) == (mark(1, 5), mark(4, 7))


def test_times_are_moved_and_infinity_is_none() -> None:
    assert moved(KeyValue("timestamptz", "2026-01-01T00:00:05.000001Z"), -10) == KeyValue(
        "timestamptz", "2025-12-31T23:59:55.000001Z"
    )
    assert moved(KeyValue("timestamp", "2026-01-01T00:00:00.123456789"), 1) == KeyValue(
        "timestamp", "2026-01-01T00:00:01.123456"
    )
    assert moved(KeyValue("date", "2026-01-01"), -600) == KeyValue("date", "2025-12-31")
    assert moved(KeyValue("timestamp", "infinity"), -1) is None
    assert moved(KeyValue("date", "0001-01-01"), -1) is None
    assert time_value("date", 86_400_000_000) == KeyValue("date", "1970-01-02")
    assert time_value("timestamp", 10**18) is None
