"""How far the next run looks back, and what it says where that has a limit."""

from datetime import datetime
from typing import Any

import pytest

from key_runs import MemoryLedger, Runs
from memory_database import MemoryDatabase
from placekeeper.control.bookmarks import missing_rows
from placekeeper.control.bookmarks.key_news import KeyNews
from placekeeper.control.bookmarks.looking_back import LookingBack
from placekeeper.model.databases import (
    BookmarkKeys,
    DatabaseTable,
    KeyType,
    KeyValue,
    LookBack,
    MissingIds,
    Moment,
)
from placekeeper.model.errors import NoBookmarkKey
from placekeeper.model.source import DatabaseSource
from placekeeper.rules.databases.key_values import of_numbers
from placekeeper.rules.databases.reading import Reading, before_running_second, upper_bound
from placekeeper.runtime.connectors.base import Commit
from placekeeper.runtime.connectors.key_pending import KeyPending
from placekeeper.runtime.scan.database_choice import ChosenRows


def database(rows: int = 0, a_day: int = 1000, **parts: Any) -> MemoryDatabase:
    made = MemoryDatabase(columns={"id": "int", "day": "int"}, primary_key=("id",), **parts)
    add(made, range(1, rows + 1), a_day)
    return made


def add(database: MemoryDatabase, ids: range, a_day: int = 1000) -> None:
    transaction = database.begin()
    transaction.added += [{"id": id, "day": id // a_day} for id in ids]
    database.commit(transaction)


def test_rows_of_the_last_key_that_come_later_are_read() -> None:
    made = database(200)
    runs = Runs(made, keys=("day",), look_back=LookBack(rows=50))
    assert len(runs.run()) == 200
    add(made, range(201, 251))
    assert len(runs.run()) == 50
    assert runs.run() == []


def test_a_transaction_older_than_the_first_run_is_waited_for() -> None:
    made = database(knows_open=True)
    old = made.begin()
    old.added.append({"id": 1, "day": 0})
    made.now_us += 1_000_000
    add(made, range(2, 200))
    runs = Runs(made, look_back=LookBack(rows=5, missing_seconds=0))
    assert len(runs.run()) == 198
    made.commit(old)
    assert [row["id"] for row in runs.run()] == [1]


def test_a_run_of_an_empty_table_leaves_a_mark() -> None:
    made = database(knows_open=True)
    runs = Runs(made)
    assert runs.run() == []
    assert runs.element is not None
    assert [mark.last for mark in runs.element.reached] == [None]


def looking(made: MemoryDatabase, keys: BookmarkKeys, last: int, most: int) -> tuple[Any, list[str]]:
    source = DatabaseSource(
        connection_type="memory",
        place="memory:m",
        relation=DatabaseTable("", "t"),
        keys=keys,
        look_back=LookBack(rows=10_000),
    )
    with made.session() as session:
        back = LookingBack(session, source, most)
        found = back.recheck((KeyValue("int", str(last)),), None)
    return found, back.notes


def test_beyond_the_limit_the_open_transaction_is_named() -> None:
    made = database(knows_open=True)
    made.begin()
    made.now_us += 1_000_000
    add(made, range(1, 101))
    keys = BookmarkKeys(columns=("id",), unique=True, row=("id",))
    found, notes = looking(made, keys, 100, 30)
    assert found == (KeyValue("int", "70"),)
    assert "bookmark knows 30 again" in notes[0]
    assert "a transaction has been open since" in notes[1]
    assert "before any run of this bookmark" in notes[1]
    assert looking(made, keys, 100, 100) == (None, [])


def test_beyond_the_limit_a_key_that_too_many_rows_share_is_told() -> None:
    made = database(100)
    keys = BookmarkKeys(columns=("day",), row=("id",))
    found, notes = looking(made, keys, 0, 30)
    assert found == (KeyValue("int", "0"),)
    assert "more than 30 rows have the key 0" in notes[-1]


def test_marks_of_another_table_are_not_taken_over() -> None:
    other, made = Runs(database(5)), database(3)
    other.run()
    assert other.element is not None
    assert other.element.source is not None
    assert other.element.reached
    chosen = ChosenRows(source=other.element.source)
    pending = KeyPending(
        chosen=chosen, news=KeyNews(reading=Reading(last=None)), moment=Moment(now_us=made.now_us), schema=""
    )
    commit = Commit(ledger=MemoryLedger(), run_id="jr", run=2, version=2, derived={})
    element = pending.element("ctx", other.element, commit)
    assert [mark.last for mark in element.reached] == [None]


def test_a_table_whose_end_is_gone_is_read_on_from_its_new_end() -> None:
    made = database(100)
    runs = Runs(made)
    runs.run()
    made.versions.clear()
    add(made, range(1, 31))
    assert runs.run() == []
    assert "read up to the key 100, and the table ends at 30 now" in runs.notes[0]
    assert "placekeeper bookmark reset NAME" in runs.notes[0]
    add(made, range(31, 103))
    assert [row["id"] for row in runs.run()] == [*range(31, 103)]
    assert runs.notes == ()
    assert runs.run() == []


def test_missing_ids_behind_the_new_end_are_not_asked_for_twice() -> None:
    made = database(90)
    runs = Runs(made, look_back=LookBack(rows=0))
    runs.run()
    add(made, range(100, 101))
    runs.run()
    made.versions.pop()
    assert runs.run() == []
    add(made, range(95, 97))
    assert [row["id"] for row in runs.run()] == [95, 96]
    assert runs.run() == []


def test_an_empty_table_is_read_whole_when_rows_come() -> None:
    made = database(20)
    runs = Runs(made)
    runs.run()
    made.versions.clear()
    assert runs.run() == []
    assert "no row is there any more" in runs.notes[0]
    add(made, range(1, 6))
    assert len(runs.run()) == 5
    assert runs.run() == []


def test_a_table_that_was_provably_emptied_is_read_whole() -> None:
    made = database(100, has_xids=True)
    runs = Runs(made)
    runs.run()
    made.truncate()
    add(made, range(1, 31))
    made.counter = 31
    assert len(runs.run()) == 30
    assert "was emptied since the last run" in runs.notes[0]
    assert runs.run() == []
    assert runs.notes == ()


def test_a_table_that_may_have_been_emptied_and_filled_is_refused() -> None:
    made = database(100, has_xids=True)
    runs = Runs(made)
    runs.run()
    made.truncate()
    add(made, range(1, 121))
    with pytest.raises(NoBookmarkKey, match="the rows up to 100 were read"):
        runs.run()


def test_rows_that_were_written_again_have_not_begun_anew() -> None:
    made = database(100, has_xids=True)
    runs = Runs(made)
    runs.run()
    made.files += 1
    made.versions.pop()
    assert runs.run() == []
    assert "ends at 99 now" in runs.notes[0]


def with_many_gaps(monkeypatch: pytest.MonkeyPatch, *, descending: bool) -> tuple[MemoryDatabase, Runs]:
    """A table read up to one end of its ids, in which 26 ranges are missing; a bookmark lists 10."""
    monkeypatch.setattr(missing_rows, "MOST_GAPS", 10)
    made = database(1) if not descending else database()
    runs = Runs(made, look_back=LookBack(rows=2, missing_seconds=100), descending=descending)
    if descending:
        put(made, 82)
    runs.run()
    put(made, *range(4, 80, 3))
    assert len(runs.run()) == 26
    return made, runs


def put(made: MemoryDatabase, *ids: int) -> None:
    transaction = made.begin()
    transaction.added += [{"id": id, "day": 0} for id in ids]
    made.commit(transaction)


@pytest.mark.parametrize("descending", [False, True])
def test_of_gaps_beyond_what_a_bookmark_lists_all_rows_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, descending: bool
) -> None:
    made, runs = with_many_gaps(monkeypatch, descending=descending)
    assert runs.element is not None
    assert sum(one.last - one.first + 1 for one in runs.element.missing) in (20, 21)
    assert "For 100 s runs look again at all rows there" in runs.notes[0]
    put(made, 5, 9, 77)
    made.now_us += 60_000_000
    assert sorted(row["id"] for row in runs.run()) == [5, 9, 77]
    assert runs.run() == []
    newest = -5 if descending else 100
    put(made, 6, newest)
    assert {row["id"] for row in runs.run()} == {6, newest}
    made.now_us += 100_000_000
    assert runs.run() == []
    assert runs.element.unlisted == ()
    assert runs.notes == ()


def test_old_missing_ids_without_room_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing_rows, "MOST_GAPS", 10)
    made = database(1)
    runs = Runs(made, look_back=LookBack(rows=1, missing_seconds=100), now_ms=1_000_000)
    runs.run()
    put(made, *range(4, 28, 3))
    runs.run()
    put(made, *range(28, 52, 3))
    runs.run()
    assert runs.element is not None
    assert len(runs.element.missing) <= 10
    put(made, 2, 12, 30)
    assert sorted(row["id"] for row in runs.run()) == [2, 12, 30]
    assert runs.run() == []


@pytest.mark.parametrize("descending", [False, True])
def test_what_nobody_can_look_at_again_is_said(descending: bool) -> None:
    made = database(100)
    with made.session() as session:
        source = DatabaseSource(
            connection_type="memory",
            place="m",
            relation=DatabaseTable("", "t"),
            keys=BookmarkKeys(columns=("id",), unique=True, descending=descending),
        )
        back = LookingBack(session, source, most=20)
        last, recheck = (1, 4) if descending else (100, 97)
        unlisted = [MissingIds(11, 60, 5)]
        found = back.widened(of_numbers([recheck]), of_numbers([last]), unlisted)
    assert found.recheck == of_numbers([21 if descending else 80])
    assert found.unwatched == ((MissingIds(21, 60, 5),) if descending else (MissingIds(11, 80, 5),))
    assert "with the ids" in back.notes[0]


def timed(kind: KeyType, *texts: str) -> MemoryDatabase:
    made = MemoryDatabase(columns={"id": "int", "at": kind}, primary_key=("id",), now_us=NOON_US)
    transaction = made.begin()
    for id, text in enumerate(texts):
        at = datetime.fromisoformat(text)
        transaction.added.append({"id": id, "at": at.date() if kind == "date" else at})
    made.commit(transaction)
    return made


NOON_US = 1_767_268_800_500_000
"""2026-01-01T12:00:00.5Z"""


def test_keys_of_the_running_second_are_left_to_the_next_run() -> None:
    made = timed("timestamp", "2026-01-01T11:59:59", "2026-01-01T12:00:00")
    runs = Runs(made, keys=("at",))
    assert [row["id"] for row in runs.run()] == [0]
    made.now_us += 1_000_000
    assert [row["id"] for row in runs.run()] == [1]
    fine = timed("timestamp", "2026-01-01T11:59:59", "2026-01-01T12:00:00.25")
    assert len(Runs(fine, keys=("at",)).run()) == 2


def test_dates_of_the_running_day_are_read_and_looked_at_again() -> None:
    made = timed("date", "2025-12-31", "2026-01-01", "2026-01-02")
    runs = Runs(made, keys=("at",))
    assert [row["id"] for row in runs.run()] == [0, 1]
    made.now_us += 12 * 3_600_000_000
    assert [row["id"] for row in runs.run()] == [2]
    assert runs.run() == []


@pytest.mark.parametrize("hours", [-5, 2])
def test_without_a_zone_the_earlier_clock_holds_back_and_the_later_one_bounds(hours: int) -> None:
    moment = Moment(now_us=NOON_US, local_us=NOON_US + hours * 3_600_000_000)

    def bound(kind: KeyType, hold_back_seconds: int = 0) -> str:
        found = upper_bound([kind], moment, LookBack(hold_back_seconds=hold_back_seconds), descending=False)
        assert found is not None
        return found[0].text

    assert bound("timestamp", 60) == f"2026-01-01T{11 + min(hours, 0):02}:59:00.500000"
    assert bound("timestamp") == f"2026-01-01T{12 + max(hours, 0):02}:00:00.500000"
    assert bound("timestamptz") == "2026-01-01T12:00:00.500000Z"
    for hour in (12, 12 + hours):
        last = (KeyValue("timestamp", f"2026-01-01T{hour:02}:00:00.000000"),)
        before = before_running_second(last, moment)
        assert before is not None
        assert before[0].text == f"2026-01-01T{hour - 1:02}:59:59.999999"


def test_a_new_column_or_primary_key_makes_no_strangers_of_rows() -> None:
    made = MemoryDatabase(columns={"id": "int", "day": "int"})
    add(made, range(1, 11))
    runs = Runs(made, keys=("day",))
    assert len(runs.run()) == 10
    made.columns["more"] = "text"
    for version in made.versions:
        version.row["more"] = None
    assert runs.run() == []
    made.primary_key = ("id",)
    assert runs.run() == []
    del made.columns["id"]
    made.primary_key = ()
    for version in made.versions:
        del version.row["id"]
    assert len(runs.run()) == 10
    assert "the column id is gone, by which the bookmark knew rows again" in runs.notes[0]
    assert runs.run() == []


def test_what_the_user_may_not_see_is_said() -> None:
    runs = Runs(database(10, unseen="the user little may not see. To let it: GRANT x"))
    runs.run()
    (note,) = runs.notes
    assert "To let it: GRANT x. Until then" in note
    assert "within the last 10,000 rows alone" in note
