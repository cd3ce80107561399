"""Tables of databases that scripts read: what a run reads, and what its summary and its bookmark say."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from placekeeper.cli.plan_output import print_plan_json, print_plan_tables
from placekeeper.model.element import KeyElement
from placekeeper.model.errors import NoBookmarkKey, StateError, UsageError
from placekeeper.model.plan import Reason
from placekeeper.rules.bookmarks.aws_string import entry_of
from placekeeper.rules.databases.key_values import key_text
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.run.report import report_lines
from scripts_in_process import Scripts, new_state, scripts

pytestmark = pytest.mark.spark_tests(3)


class Shop:
    """A database of SQLite, and runs that read it."""

    def __init__(self, file: Path, runs: Scripts, state: Any) -> None:
        self.file = file
        self.runs = runs
        self.state = state
        self.lines: list[str] = []

    def sql(self, *statements: str) -> None:
        connection = sqlite3.connect(self.file)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def read(
        self,
        table: str = "orders",
        context: str = "orders",
        arguments: Any = (),
        commits: bool = True,
        pause: tuple[str, str] | None = None,
        **options: Any,
    ) -> list[dict[str, Any]]:
        given = {"url": f"jdbc:sqlite:{self.file}", "dbtable": table, **options}
        with self.runs(**dict(arguments)) as (session, glue, job):
            if pause is not None:
                last, first = pause[1], pause[0]
                job.init(
                    "toy",
                    {"job_bookmark_option": "job-bookmark-pause"}
                    | {"job_bookmark_from": first, "job_bookmark_to": last},
                )
            try:
                frame = glue.create_dynamic_frame.from_options("sqlite", given, transformation_ctx=context)
                rows = [row.asDict() for row in frame.toDF().collect()]
            except Exception:
                session.fail()
                raise
            if commits:
                job.commit()
            else:
                session.fail()
            self.lines = report_lines(session.summary())
        return rows

    @property
    def element(self) -> KeyElement:
        element = self.state.control.bookmarks.state("toy")[1]["orders"]
        assert isinstance(element, KeyElement)
        return element


@pytest.fixture
def shop(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    state = new_state(tmp_path / "state")
    with scripts(state, engine, monkeypatch) as runs:
        shop = Shop(tmp_path / "shop.db", runs, state)
        shop.sql("CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT, updated_at TEXT)")
        yield shop
    state.close()


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return sorted(row["id"] for row in rows)


def test_each_run_reads_the_rows_that_no_run_before_it_has_read(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id, item) VALUES (1, 'a'), (2, 'b')")
    assert shop.read() == [
        {"id": 1, "item": "a", "updated_at": None},
        {"id": 2, "item": "b", "updated_at": None},
    ]
    assert shop.read() == []
    shop.sql("INSERT INTO orders (id, item) VALUES (5, 'c')")
    assert ids(shop.read(commits=False)) == [5]
    assert ids(shop.read()) == [5]
    assert any(line.startswith("placekeeper: orders: read 1 row: new") for line in shop.lines), shop.lines


def test_a_key_that_was_missing_is_read_when_it_comes(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id) VALUES (1), (4)")
    shop.read(bookmarkLookBack="0 rows")
    shop.sql("INSERT INTO orders (id) VALUES (7)")
    assert ids(shop.read(bookmarkLookBack="0 rows")) == [7]
    assert [(one.first, one.last) for one in shop.element.missing] == [(5, 6)]
    shop.sql("INSERT INTO orders (id) VALUES (6)")
    assert ids(shop.read(bookmarkLookBack="0 rows")) == [6]
    assert [(one.first, one.last) for one in shop.element.missing] == [(5, 5)]


def test_rows_behind_the_last_key_are_read_when_they_are_committed_late(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id, item) VALUES (1, 'b'), (2, 'd')")
    assert ids(shop.read(jobBookmarkKeys=["item"])) == [1, 2]
    shop.sql("INSERT INTO orders (id, item) VALUES (3, 'a'), (4, 'd'), (5, 'e')")
    assert ids(shop.read(jobBookmarkKeys=["ITEM"])) == [3, 4, 5]
    assert any("read 3 rows: 1 new, 2 late" in line for line in shop.lines), shop.lines
    assert shop.read(jobBookmarkKeys=["item"]) == []


def test_two_reads_under_one_context_have_the_same_rows(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id) VALUES (1), (2)")
    given = {"url": f"jdbc:sqlite:{shop.file}", "dbtable": "orders"}
    with shop.runs() as (_session, glue, job):
        first, second = (
            glue.create_dynamic_frame.from_options("sqlite", given, transformation_ctx="orders")
            for _ in range(2)
        )
        assert first.count() == second.count() == 2
        job.commit()
    assert shop.read() == []


def test_a_read_without_a_context_and_one_of_a_query_read_all(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id) VALUES (1), (2)")
    assert ids(shop.read()) == [1, 2]
    assert ids(shop.read(context="")) == [1, 2]
    assert any("not tracked): read all rows" in line for line in shop.lines), shop.lines
    found = shop.read(query="SELECT id FROM orders WHERE id > 1", table="")
    assert found == [{"id": 2}]
    assert any("the bookmark is ignored" in line for line in shop.lines), shop.lines


def test_a_read_in_parts_that_the_script_asks_for_has_each_row_once(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id, item) VALUES (1, 'a'), (2, NULL), (3, 'c'), (4, 'a'), (5, 'b')")
    for by in ({"hashfield": "Item"}, {"hashexpression": "id % 4", "hashpartitions": "3"}):
        assert ids(shop.read(context="", **by)) == [1, 2, 3, 4, 5]
    by = {"hashfield": "item", "bookmarkLookBack": "1 rows"}
    assert ids(shop.read(**by)) == [1, 2, 3, 4, 5]
    shop.sql("INSERT INTO orders (id, item) VALUES (6, 'x'), (7, NULL), (8, 'y')")
    assert ids(shop.read(**by)) == [6, 7, 8]
    for context in ("", "orders"):
        with pytest.raises(UsageError, match="no column 'ITEMS', which hashfield names"):
            shop.read(context=context, hashfield="ITEMS")


def test_the_window_policy_reads_as_aws_does(shop: Shop) -> None:
    window = {"--bookmark-policy": "window"}
    shop.sql("INSERT INTO orders (id) VALUES (1), (2)")
    assert ids(shop.read(arguments=window)) == [1, 2]
    shop.sql("INSERT INTO orders (id) VALUES (5)")
    assert ids(shop.read(arguments=window)) == [5]
    shop.sql("INSERT INTO orders (id) VALUES (4), (6)")
    assert ids(shop.read(arguments=window)) == [6]


def test_by_the_window_a_default_key_has_no_gaps(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id) VALUES (1), (3)")
    with pytest.raises(NoBookmarkKey, match=r"has gaps .*jobBookmarkKeys"):
        shop.read(arguments={"--bookmark-policy": "window"})
    assert ids(shop.read(arguments={"--bookmark-policy": "window"}, jobBookmarkKeys=["id"])) == [1, 3]


def test_a_table_without_a_key_names_what_could_be_one(shop: Shop) -> None:
    shop.sql("CREATE TABLE logs (line TEXT NOT NULL, at INTEGER)")
    with pytest.raises(NoBookmarkKey, match=r"no primary key .*Columns that can be one: at, line"):
        shop.read("logs")


def test_other_keys_than_those_of_the_bookmark_are_refused(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id, item) VALUES (1, 'a')")
    shop.read()
    with pytest.raises(UsageError, match=r"'orders' has remembered orders of .* by id, and reads"):
        shop.read(jobBookmarkKeys=["item"])
    allowed = shop.read(jobBookmarkKeys=["item"], arguments={"--bookmark-backfill": "allow"})
    assert ids(allowed) == [1]


def test_a_table_whose_key_is_gone_ends_the_run_and_nothing_is_committed(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id, item) VALUES (1, 'a')")
    shop.read(jobBookmarkKeys=["item"])
    before = shop.element
    shop.sql("ALTER TABLE orders DROP COLUMN item")
    with pytest.raises(UsageError, match="has no column 'item'"):
        shop.read(jobBookmarkKeys=["item"])
    assert shop.element == before


@pytest.mark.parametrize("keys", [{}, {"jobBookmarkKeys": ["id"]}])
def test_a_key_of_another_type_than_before_ends_the_run_and_says_what_to_type(
    shop: Shop, keys: dict[str, Any]
) -> None:
    """Also a primary key of text, which no run takes by default: that is not what has happened."""
    shop.sql("INSERT INTO orders (id, item) VALUES (7, 'a')")
    shop.read(**keys)
    before = shop.element
    shop.sql("DROP TABLE orders", "CREATE TABLE orders (id TEXT NOT NULL PRIMARY KEY)")
    shop.sql("INSERT INTO orders VALUES ('8')")
    said = (
        r"orders has changed since the last run: the key \(id\) has the type TEXT now, and the bookmark "
        r"remembers 7 of the type int. Nothing was read. .* placekeeper bookmark reset NAME"
    )
    with pytest.raises(NoBookmarkKey, match=said) as failed:
        shop.read(**keys)
    assert ('"jobBookmarkKeys": ["id"]' in str(failed.value)) is not bool(keys)
    assert shop.element == before
    assert shop.read(context="anew", jobBookmarkKeys=["id"]) == [{"id": "8"}]


def test_the_plan_shows_the_range_and_the_count_that_the_run_then_reads(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id, item) VALUES (1, 'b'), (2, 'd')")
    shop.read(jobBookmarkKeys=["item"])
    shop.sql("INSERT INTO orders (id, item) VALUES (3, 'a'), (4, 'd'), (5, 'e')")
    before = shop.element
    (source,) = shop.state.control.planner.plan("toy").sources
    assert source.counts == {Reason.NEW: 1, Reason.LATE: 2}
    assert source.keys is not None
    assert (key_text(source.keys.after), key_text(source.keys.upto)) == ("d", "e")
    assert (source.keys.again_after, key_text(source.keys.again_upto)) == (None, "d")
    assert shop.element == before
    assert ids(shop.read(jobBookmarkKeys=["item"])) == [3, 4, 5]
    print_plan_tables(shop.state.control.planner.stream("toy"), lambda _: True, both=False)
    print_plan_json(shop.state.control.planner.stream("toy"))


def test_a_range_of_runs_is_read_again(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id) VALUES (1), (2)")
    shop.read()
    shop.sql("INSERT INTO orders (id) VALUES (3)")
    shop.read()
    shop.sql("INSERT INTO orders (id) VALUES (4)")
    shop.read()
    runs = [one.run_id for one in shop.state.control.bookmarks.history("toy") if one.change == "commit"]
    assert ids(shop.read(pause=(runs[2], runs[1]))) == [3]
    assert any("read 1 row: again" in line for line in shop.lines), shop.lines


def test_a_reset_and_a_rewind_set_the_keys_back(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id) VALUES (1), (2)")
    shop.read()
    (first,) = [one.run_id for one in shop.state.control.bookmarks.history("toy") if one.change == "commit"]
    shop.sql("INSERT INTO orders (id) VALUES (3)")
    shop.read()
    shop.state.control.bookmarks.reset("toy", first)
    assert ids(shop.read()) == [3]
    shop.state.control.bookmarks.reset("toy")
    assert ids(shop.read()) == [1, 2, 3]


def test_an_imported_bookmark_goes_on_after_its_value(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id) VALUES (1), (2), (3)")
    text = (
        '{"orders": {"jsonClass": "JDBCDataSourceJobBookmarkState", "RUN": "4", "keys": "[\\"id\\"]", '
        '"order": "asc", "types": "[\\"int\\"]", "values": "[\\"2\\"]"}}'
    )
    shop.state.control.transfer.take("toy", entry_of(text), replace=False)
    assert ids(shop.read()) == [3]
    assert shop.read() == []


def test_lost_identities_are_accepted_and_their_rows_read_again(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id) VALUES (1), (2)")
    shop.read()
    (segment,) = shop.element.segments
    file = shop.state.folder.segments / segment.key
    assert shop.state.control.housekeeping.collect() == (0, 0)
    assert file.exists()
    file.unlink()
    with pytest.raises(StateError, match="not whole"):
        shop.read()
    shop.state.control.acceptance.accept()
    assert ids(shop.read()) == [1, 2]
    assert shop.read() == []


def test_a_run_that_finds_nothing_new_writes_no_identities(shop: Shop) -> None:
    shop.sql("INSERT INTO orders (id) VALUES (1), (2)")
    shop.read()
    before = shop.element.segments
    assert shop.read() == []
    assert shop.element.segments == before
    shop.sql("INSERT INTO orders (id) VALUES (3)")
    shop.read()
    assert [one.rows for one in shop.element.segments] == [3]


def test_one_job_reads_and_writes_one_file(shop: Shop) -> None:
    """SQLite without a write-ahead log, which is its default: readers and writers wait for one another."""
    shop.sql("PRAGMA journal_mode=DELETE")
    given = {"url": f"jdbc:sqlite:{shop.file}"}
    with shop.runs() as (_, glue, job):
        frame = glue.create_dynamic_frame.from_options(
            "sqlite", {**given, "dbtable": "orders"}, transformation_ctx="orders"
        )
        shop.sql("CREATE TABLE other (id INTEGER)")  # nobody waits for the run
        count = frame.count()
        glue.write_dynamic_frame.from_options(frame, "sqlite", {**given, "dbtable": "copy"})
        job.commit()
    connection = sqlite3.connect(shop.file)
    assert connection.execute("SELECT count(*) FROM copy").fetchone() == (count,)
    connection.close()
