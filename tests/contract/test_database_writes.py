"""Rows reach a table of a database once and exactly, or not at all: one suite against each product."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from msgspec.structs import replace

from database_servers import MariaServer, Place, mariadb_place, postgres_place, sqlite_place
from database_writes import SCHEMAS, left_staged, publisher, staged, written
from placekeeper.databases.effects import writing_at
from placekeeper.databases.writing.connections import engine_of
from placekeeper.databases.writing.writes import drop_table
from placekeeper.model.databases import DatabaseTable
from placekeeper.model.errors import (
    DatabaseFailed,
    NotTakenBack,
    PlacekeeperError,
    PublishFailed,
    UnsupportedFeature,
    UsageError,
    ValueUnwritable,
    WriteWaits,
)
from placekeeper.ports.databases import WriteAsked
from placekeeper.ports.effects import RowsFound
from placekeeper.rules.databases.new_tables import NewTable
from placekeeper.rules.databases.staging_names import staging_name
from placekeeper.rules.databases.waiting_rows import by_hand, dropping, looking
from postgres import PostgresServer

PRODUCTS = ["mysql", "postgresql", "sqlite"]


@pytest.fixture(params=PRODUCTS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A new database, in which no staging table is left."""
    if request.param == "sqlite":
        made = sqlite_place(tmp_path)
    elif request.param == "mysql":
        made = mariadb_place(request.getfixturevalue("mariadb"))
    else:
        made = postgres_place(request.getfixturevalue("postgres"))
    yield made
    assert left_staged(made) == []


def ids(*values: int | None, **more: list[Any]) -> pa.Table:
    return pa.table({"id": pa.array(values, pa.int64()), **more})


def rows_of(place: Place, columns: str = "id", table: str = "rows_of") -> list[tuple[Any, ...]]:
    return sorted(place.fetch(f"SELECT {columns} FROM {table}"), key=repr)


def test_a_table_is_made_and_rows_are_appended(place: Place) -> None:
    assert written(place, ids(1, 2)).made
    assert not written(place, ids(3)).made
    assert rows_of(place) == [(1,), (2,), (3,)]


def test_a_repeated_publication_changes_nothing(place: Place) -> None:
    effect = staged(place, ids(1))
    for _ in range(3):
        publisher().publish(effect)
    assert rows_of(place) == [(1,)]
    assert place.fetch("SELECT effect_id, run_id, done FROM placekeeper_commits") == [
        (effect.id, effect.run_id, 1)
    ]


def test_several_processes_publish_the_same_at_once(place: Place) -> None:
    effect = staged(place, ids(*range(50)))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(publisher().publish, [effect] * 8))
    assert rows_of(place) == [(n,) for n in sorted(range(50), key=lambda n: repr((n,)))]


def test_two_writes_make_the_same_table_at_once(place: Place) -> None:
    if place.product == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    first, second = staged(place, ids(1)), staged(place, ids(2), run_id="jr_1123456789abcdef")
    is_made, second_waits = Event(), Event()

    def wait(point: str) -> None:
        if point == "publish.rows-moved":
            is_made.set()
            second_waits.wait(1)

    with ThreadPoolExecutor(2) as threads:
        begun = threads.submit(publisher(wait).publish, first)
        assert is_made.wait(30)
        threads.submit(publisher().publish, second).result(60)
        begun.result(60)
    assert rows_of(place) == [(1,), (2,)]


def test_rows_come_after_those_of_earlier_writes_of_the_run(place: Place) -> None:
    place.run(
        "CREATE TABLE parents (id INT PRIMARY KEY)",
        "CREATE TABLE rows_of (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parents (id))",
        "INSERT INTO rows_of VALUES (5, NULL)",
    )
    first = staged(place, ids(1), "parents")
    second = staged(place, ids(2, parent=[1]), mode="overwrite", waiting=(first,))
    third = staged(place, ids(5), waiting=(first, second))
    with pytest.raises(ValueUnwritable, match=r"an earlier write of this run puts .*\(id=2\) into"):
        staged(place, ids(2), waiting=(first, second))
    for effect in (first, second, third):
        publisher().publish(effect)
    assert rows_of(place, "id, parent") == [(2, 1), (5, None)]


def test_keys_are_not_looked_for_where_an_earlier_statement_may_delete_them(place: Place) -> None:
    place.run("CREATE TABLE rows_of (id INT PRIMARY KEY)", "INSERT INTO rows_of VALUES (5)")
    first = staged(place, ids(1), preactions=("DELETE FROM rows_of",))
    second = staged(place, ids(5), waiting=(first,))
    publisher().publish(first)
    publisher().publish(second)
    assert rows_of(place) == [(1,), (5,)]


def test_a_later_write_takes_the_table_that_an_earlier_one_makes(place: Place) -> None:
    first = staged(place, ids(1, name=["a"]), mode="upsert", keys=("id",))
    second = staged(place, ids(2), waiting=(first,))
    third = staged(place, ids(2, NAME=["b"]), mode="upsert", keys=("ID",), waiting=(first, second))
    with pytest.raises(UsageError, match=r"earlier write of this run makes .* it has no column more"):
        staged(place, ids(1, more=[1]), waiting=(first,))
    with pytest.raises(UsageError, match=r"upsertKeys \(name\): an earlier write .* its key is \(id\)"):
        staged(place, ids(1, name=["a"]), mode="upsert", keys=("name",), waiting=(first,))
    for effect in (first, second, third):
        publisher().publish(effect)
    assert rows_of(place, "id, name") == [(1, "a"), (2, "b")]


def test_a_column_that_a_trigger_fills_may_be_left_out(postgres: PostgresServer) -> None:
    place = postgres_place(postgres)
    place.run(
        "CREATE TABLE rows_of (id INT, at INT NOT NULL)",
        "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := 7; RETURN NEW; END $$",
        "CREATE TRIGGER fills BEFORE INSERT ON rows_of FOR EACH ROW EXECUTE FUNCTION fill()",
    )
    written(place, ids(1))
    assert rows_of(place, "id, at") == [(1, 7)]


def test_a_name_that_the_database_would_change_is_refused(place: Place) -> None:
    name = {"mysql": 'a"b', "postgresql": "x" * 64}.get(place.product)
    if name is None:
        pytest.skip("SQLite takes any name")
    refused = r"would give the columns .* other names|has a quote in its name"
    with pytest.raises((UsageError, UnsupportedFeature), match=refused):
        staged(place, ids(1, **{name: [1]}))


def test_an_engine_without_transactions_behind_views_is_refused(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    place.run(
        "CREATE TABLE old_rows (id INT) ENGINE = MyISAM",
        "CREATE VIEW inner_rows AS SELECT * FROM old_rows",
        "CREATE VIEW rows_of AS SELECT * FROM inner_rows",
    )
    with pytest.raises(UnsupportedFeature, match=r"rows_of, a view on old_rows has the engine MyISAM"):
        staged(place, ids(1))


def test_zero_is_no_next_id(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    place.run("CREATE TABLE rows_of (id INT AUTO_INCREMENT PRIMARY KEY)")
    written(place, ids(0))
    assert rows_of(place) == [(0,)]


def test_only_attempts_that_came_back_count(place: Place) -> None:
    written(place, [ids(1, 2), ids(3)], repeated=2)
    assert rows_of(place) == [(1,), (2,), (3,)]


def test_nothing_is_visible_before_it_is_published_and_it_can_be_taken_back(place: Place) -> None:
    effect = staged(place, ids(1))
    with pytest.raises(Exception, match=r"rows_of"):
        place.fetch("SELECT * FROM rows_of")
    publisher().take_back(effect)
    publisher().take_back(effect)
    with pytest.raises(PublishFailed, match=r"the staging table .* is gone"):
        publisher().publish(effect)


def test_what_is_published_is_not_taken_back(place: Place) -> None:
    effect = written(place, ids(1))
    with pytest.raises(NotTakenBack, match="are in the table"):
        publisher().take_back(effect)
    assert rows_of(place) == [(1,)]


def test_names_with_quotes_are_written_or_refused_with_what_to_do(place: Place) -> None:
    """MariaDB of the tests has ANSI_QUOTES, by which SQLAlchemy does not read such names."""
    mark = "`" if place.product == "mysql" else '"'
    name = mark + 'a "quoted" one'.replace(mark, mark * 2) + mark
    place.run(f"CREATE TABLE rows_of (id INTEGER PRIMARY KEY, {name} INTEGER, UNIQUE ({name}))")
    rows = ids(1, **{'a "quoted" one': [7]})
    if place.product == "mysql":
        for frame, table in ((rows, "rows_of"), (ids(1), "rows_of"), (rows, "new_rows")):
            with pytest.raises(UnsupportedFeature, match=r'a "quoted" one.*ANSI_QUOTES.*rename'):
                written(place, frame, table)
    else:
        written(place, rows)
        assert rows_of(place, f"id, {name}") == [(1, 7)]


def test_overwrite_replaces_all(place: Place) -> None:
    written(place, ids(1, 2))
    written(place, ids(3), mode="overwrite")
    assert rows_of(place) == [(3,)]
    written(place, ids(), mode="overwrite")
    assert rows_of(place) == []


def test_upsert_changes_rows_with_equal_keys_and_adds_the_others(place: Place) -> None:
    written(place, ids(1, 2, name=["a", "b"]), mode="upsert", keys=("ID",))
    written(place, ids(2, 3, name=["B", "c"]), mode="upsert", keys=("id",))
    assert rows_of(place, "id, name") == [(1, "a"), (2, "B"), (3, "c")]


def test_upsert_by_text_makes_a_key_that_every_product_takes(place: Place) -> None:
    written(place, pa.table({"k": ["x", "y"], "n": [1, 2]}), mode="upsert", keys=("k",))
    written(place, pa.table({"k": ["y"], "n": [3]}), mode="upsert", keys=("k",))
    assert rows_of(place, "k, n") == [("x", 1), ("y", 3)]


def test_upsert_needs_a_unique_index(place: Place) -> None:
    written(place, ids(1, name=["a"]))
    with pytest.raises(
        UsageError, match=r"no primary key or unique index of exactly these columns.*CREATE UNIQUE"
    ):
        staged(place, ids(1, name=["b"]), mode="upsert", keys=("id",))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ids(1, 1), r"several rows have the key \(id=1\)"),
        (ids(1, None), "a row has null in id, which upsertKeys names"),
    ],
)
def test_upsert_refuses_keys_that_tell_no_rows_apart(place: Place, rows: pa.Table, said: str) -> None:
    with pytest.raises(ValueUnwritable, match=said):
        staged(place, rows, mode="upsert", keys=("id",))


def test_values_are_exact(place: Place) -> None:
    rows = pa.table(
        {
            "id": pa.array([2**62, -1], pa.int64()),
            "small": pa.array([-32768, 7], pa.int16()),
            "flag": [True, None],
            "ratio": [0.1, -1e-300],
            "amount": pa.array([Decimal("-1234567890.12"), Decimal("0.10")], pa.decimal128(12, 2)),
            "text": ['ünïcode "quoted", \\ \n\r\ttab', ""],
            "bytes": [b"\x00\xff'\\", b""],
            "day": [date(1, 1, 1), date(9999, 12, 31)],
            "local": [datetime(2020, 2, 29, 23, 59, 59, 999999), None],
            "moment": [datetime(1969, 12, 31, 23, 0, 0, 1, UTC), None],
        }
    )
    written(place, rows)
    names = ", ".join(_quoted(place, name) for name in rows.column_names)
    found = place.fetch(f"SELECT {names} FROM rows_of ORDER BY {_quoted(place, 'small')}")
    expected = [tuple(_as_found(place, value) for value in row.values()) for row in rows.to_pylist()]
    assert [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in found] == expected


def _quoted(place: Place, name: str) -> str:
    return f'"{name}"'


def _as_found(place: Place, value: Any) -> Any:
    if place.product == "mysql":
        if isinstance(value, datetime):
            return value.replace(tzinfo=None)
        return int(value) if isinstance(value, bool) else value
    if place.product == "sqlite":
        if isinstance(value, datetime):
            return value.replace(tzinfo=None).isoformat(" ", "microseconds")
        if isinstance(value, date):
            return value.isoformat()
        return float(value) if isinstance(value, Decimal) else value
    return value


def test_names_may_be_mixed_reserved_and_odd(place: Place) -> None:
    odd = {"Select": [1], "a b": [2], "per%cent": [4], "co:lon": [5], "groß": [6]}
    rows = pa.table(odd if place.product == "mysql" else odd | {'quo"te': [3]})
    written(place, rows, "Order")
    written(place, rows, "Order")
    assert place.fetch('SELECT count(*) FROM "Order" WHERE "Select" = 1') == [(2,)]


def test_columns_are_matched_without_regard_to_case_and_in_any_order(place: Place) -> None:
    place.run("CREATE TABLE rows_of (id INT, name VARCHAR(9), more INT DEFAULT 7)")
    written(place, pa.table({"NAME": ["a"], "Id": [1]}))
    assert rows_of(place, "id, name, more") == [(1, "a", 7)]


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        (ids(1, nam=["a"]), UsageError, r"no column nam: .*Instead of 'nam', rename it to 'name'"),
        (pa.table({"name": ["a"]}), UsageError, "needs a value for id, and the frame has no such column"),
        (pa.table({"id": [1], "ID": [2]}), UsageError, "which are one column of a table"),
        (pa.table({"id": [1], "name": [["a"]]}), UnsupportedFeature, "Flatten it with relationalize"),
        (ids(None), ValueUnwritable, "row 1 of its task .*the column id takes no null"),
        (ids(1, 2**31), ValueUnwritable, r"row 2 .*the column id \(\w+.*does not take '2147483648' exactly"),
        (ids(1, name=["toolong"]), ValueUnwritable, "the column name takes 3 characters"),
        (
            ids(1, amount=[Decimal("1.25")]),
            ValueUnwritable,
            r"the column amount .*does not take '1.25' exactly",
        ),
        (ids(1, amount=["x"]), ValueUnwritable, r"the column amount .*does not take 'x' exactly"),
        (ids(1, day=[datetime(2020, 1, 1, 12)]), ValueUnwritable, "the column day .*does not take"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_left(
    place: Place, rows: pa.Table, error: type[PlacekeeperError], said: str
) -> None:
    if place.product == "sqlite" and ("2147483648" in said or "3 characters" in said or "column day" in said):
        pytest.skip("SQLite's columns take what comes: INT has 64 bits, VARCHAR(3) and DATE any text")
    place.run(
        "CREATE TABLE rows_of (id INT NOT NULL, name VARCHAR(3), amount DECIMAL(5,1), day DATE)",
        "INSERT INTO rows_of VALUES (0, 'x', 1.5, '2020-01-01')",
    )
    with pytest.raises(error, match=said):
        staged(place, rows)
    assert rows_of(place) == [(0,)]


def test_a_key_that_is_there_already_is_named_before_the_commit(place: Place) -> None:
    place.run("CREATE TABLE rows_of (id INT PRIMARY KEY)", "INSERT INTO rows_of VALUES (5)")
    with pytest.raises(ValueUnwritable, match=r"has a row with the key \(id=5\) already.*upsertKeys"):
        staged(place, ids(4, 5))
    written(place, ids(4, 5), mode="overwrite")
    assert rows_of(place) == [(4,), (5,)]


def test_a_foreign_key_is_named_before_the_commit(place: Place) -> None:
    place.run(
        "CREATE TABLE parents (id INT PRIMARY KEY)",
        "CREATE TABLE rows_of (id INT, parent INT, FOREIGN KEY (parent) REFERENCES parents (id))",
        "INSERT INTO parents VALUES (1)",
    )
    with pytest.raises(ValueUnwritable, match=r"parents has no row \(id=2\)"):
        staged(place, ids(1, 2, parent=pa.array([1, 2])))
    written(place, ids(1, 2, parent=pa.array([1, None])))
    assert rows_of(place) == [(1,), (2,)]


def test_a_constraint_that_fails_at_publication_undoes_all(place: Place) -> None:
    place.run("CREATE TABLE rows_of (id INT PRIMARY KEY)", "CREATE TABLE log (what VARCHAR(20))")
    effect = staged(place, ids(1, 2), preactions=("INSERT INTO log VALUES ('before')",))
    place.run("INSERT INTO rows_of VALUES (2)")
    with pytest.raises(PublishFailed, match=r"table .*rows_of: .*(uplicate|UNIQUE)"):
        publisher().publish(effect)
    assert (rows_of(place), place.fetch("SELECT * FROM log")) == ([(2,)], [])
    publisher().take_back(effect)


def test_actions_come_around_the_rows_in_one_transaction(place: Place) -> None:
    place.run("CREATE TABLE rows_of (id INT)", "CREATE TABLE log (what VARCHAR(20), n INT)")
    written(
        place,
        ids(1, 2),
        preactions=("INSERT INTO log SELECT 'before %s :x', count(*) FROM rows_of",),
        postactions=("INSERT INTO log SELECT 'after', count(*) FROM rows_of",),
    )
    assert rows_of(place, "what, n", "log") == [("after", 2), ("before %s :x", 0)]


def test_rows_go_into_a_table_that_preactions_make(place: Place) -> None:
    rows = ids(1, 2, Day=pa.array([datetime(2024, 1, 2), None], pa.timestamp("us")), n=pa.array(["7", "8"]))
    make = "CREATE TABLE IF NOT EXISTS Rows_Of (ID VARCHAR(20), day DATE, N INT)"
    for _ in range(2):
        written(place, rows, preactions=(make,))
    table = "Rows_Of" if place.product == "mysql" else "rows_of"
    assert [str(row[0]) for row in rows_of(place, "id", table)] == ["1", "1", "2", "2"]
    assert [str(row[0]) for row in rows_of(place, "n", table)] == ["7", "7", "8", "8"]


def test_a_table_that_preactions_make_changes_no_value(place: Place) -> None:
    if place.product == "sqlite":
        pytest.skip("a column of SQLite takes what comes")
    rows = ids(1, at=pa.array([datetime(2024, 1, 2, 3)], pa.timestamp("us")))
    effect = staged(place, rows, preactions=("CREATE TABLE rows_of (id INT, at DATE)",))
    with pytest.raises(PublishFailed, match=r"the column at of .*rows_of is date, .* '2024-01-02 03:00:00"):
        publisher().publish(effect)
    publisher().take_back(effect)


def test_no_rows_go_into_a_table_that_preactions_drop(place: Place) -> None:
    place.run("CREATE TABLE rows_of (id BIGINT)")
    written(place, ids(), preactions=("DROP TABLE rows_of",))
    written(place, ids(1))
    assert rows_of(place) == [(1,)]


def test_a_table_that_preactions_make_has_the_columns_of_the_frame(place: Place) -> None:
    effect = staged(place, ids(1, more=pa.array([1])), preactions=("CREATE TABLE rows_of (id INT)",))
    with pytest.raises(PublishFailed, match=r"rows_of has no column more: it has id"):
        publisher().publish(effect)
    publisher().take_back(effect)


def test_a_postaction_that_fails_undoes_all(place: Place) -> None:
    place.run("CREATE TABLE rows_of (id INT)")
    effect = staged(
        place,
        ids(1),
        preactions=("INSERT INTO rows_of VALUES (9)",),
        postactions=("INSERT INTO nowhere VALUES (1)",),
    )
    with pytest.raises(
        PublishFailed, match=r"the statement `INSERT INTO nowhere VALUES \(1\)` failed: .*nowhere"
    ):
        publisher().publish(effect)
    assert rows_of(place) == []
    assert place.fetch("SELECT count(*) FROM placekeeper_commits") == [(0,)]
    publisher().take_back(effect)


def test_a_postaction_that_commits_by_itself_is_done_after_the_rows_and_not_lost(place: Place) -> None:
    place.run("CREATE TABLE rows_of (id INT)")
    effect = staged(place, ids(1), postactions=("CREATE TABLE made (id INT)", "INSERT INTO made VALUES (1)"))

    class Killed(Exception):
        pass

    def kill(name: str) -> None:
        if name == "publish.rows-moved":
            raise Killed

    with pytest.raises(Killed):
        publisher(kill).publish(effect)
    assert rows_of(place) == []
    publisher().publish(effect)
    publisher().publish(effect)
    assert (rows_of(place), place.fetch("SELECT * FROM made")) == ([(1,)], [(1,)])


HIDDEN = {
    "postgresql": ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMIT",),
    "mysql": ("SET SESSION AUTOCOMMIT = 1",),
}


@pytest.mark.parametrize("product", sorted(HIDDEN))
def test_a_statement_that_ends_the_transaction_is_found_and_no_row_is_lost(
    product: str, request: pytest.FixtureRequest
) -> None:
    place = (
        postgres_place(request.getfixturevalue("postgres"))
        if product == "postgresql"
        else mariadb_place(request.getfixturevalue("mariadb"))
    )
    place.run("CREATE TABLE rows_of (id BIGINT)")
    effect = staged(place, ids(1), preactions=HIDDEN[product])
    with pytest.raises(PublishFailed, match="a statement of preactions has ended the transaction"):
        publisher().publish(effect)
    assert rows_of(place) == []
    publisher().take_back(effect)
    assert left_staged(place) == []


@pytest.mark.parametrize("statement", ["FLUSH TABLES", "CHECK TABLE log", "CALL ends()"])
def test_what_commits_on_mysql_marks_no_rows_that_are_not_there(mariadb: MariaServer, statement: str) -> None:
    place = mariadb_place(mariadb)
    place.run(
        "CREATE TABLE rows_of (id BIGINT CHECK (id < 5))",
        "CREATE TABLE log (x INT)",
        "CREATE PROCEDURE ends() TRUNCATE TABLE log",
    )
    effect = staged(place, ids(1, 9), preactions=("DELETE FROM log", statement))
    for _ in range(2):
        with pytest.raises(PublishFailed, match="CONSTRAINT"):
            publisher().publish(effect)
    assert place.fetch("SELECT count(*) FROM placekeeper_commits") == [(0,)]
    publisher().take_back(effect)


def test_preactions_that_can_be_done_once_only_do_not_fail_who_comes_second(place: Place) -> None:
    place.run("CREATE TABLE once (id INT PRIMARY KEY)")
    effect = staged(place, ids(1), preactions=("INSERT INTO once VALUES (1)",))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(publisher().publish, [effect] * 4))
    assert rows_of(place) == [(1,)]


@pytest.mark.parametrize("point", ["publish.rows-marked", "publish.rows-moved", "publish.rows-committed"])
def test_whoever_publishes_may_be_stopped_anywhere(place: Place, point: str) -> None:
    effect = staged(place, ids(*range(100)), preactions=("CREATE TABLE IF NOT EXISTS other (id INT)",))

    class Killed(Exception):
        pass

    def kill(name: str) -> None:
        if name == point:
            raise Killed

    with pytest.raises(Killed):
        publisher(kill).publish(effect)
    publisher().publish(effect)
    assert place.fetch("SELECT count(*), count(DISTINCT id) FROM rows_of") == [(100, 100)]


def test_rows_that_were_lost_while_they_waited_are_missed(place: Place) -> None:
    effect = staged(place, ids(1, 2))
    place.run(f"DELETE FROM {effect.staging} WHERE id = 2")
    with pytest.raises(PublishFailed, match=r"has 1 rows .* has put 2 there"):
        publisher().publish(effect)
    publisher().take_back(effect)


def test_a_database_that_is_away_is_asked_again_later(place: Place) -> None:
    effect = staged(place, ids(1))
    away = replace(effect, login=replace(effect.login, port=1, database="/nowhere/at.db"))
    with pytest.raises(OSError, match=effect.login.product):
        publisher().publish(away)
    publisher().publish(effect)
    assert rows_of(place) == [(1,)]


def test_staging_tables_are_found_and_dropped_by_name(place: Place) -> None:
    effect = staged(place, ids(1), run_id="jr_aaaaaaaaaaaa0000")
    place.run("CREATE TABLE placekeeper_other (id INT)")
    assert list(left_staged(place)) == [effect.staging]
    assert effect.staging.startswith("placekeeper_aaaaaaaaaaaa_")
    writing_at(place.login).drop_tables(effect.table.schema, [effect.staging, "placekeeper_gone"])


def test_many_rows_and_the_one_that_is_refused(place: Place) -> None:
    place.run("CREATE TABLE rows_of (id INT PRIMARY KEY, n INT CHECK (n < 1000))")
    if place.product == "sqlite":
        pytest.skip("its staging table has no checks, and says so when the rows are moved")
    written(place, ids(*range(3000), n=pa.array([n % 1000 for n in range(3000)])), rows_at_once=700)
    assert place.fetch("SELECT count(*), sum(n) FROM rows_of") == [(3000, 1_498_500)]


def test_two_writes_wait_at_once_and_are_published_in_any_order(place: Place) -> None:
    first, second = staged(place, ids(1), run_id="jr_aaaa"), staged(place, ids(2), run_id="jr_bbbb")
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(publisher().publish, [second, first]))
    assert rows_of(place) == [(1,), (2,)]


def test_two_upserts_at_once_leave_each_key_once(place: Place) -> None:
    written(place, ids(1, n=[0]), mode="upsert", keys=("id",))
    effects = [
        staged(place, ids(*range(200), n=[turn] * 200), mode="upsert", keys=("id",), run_id=f"jr_{turn}")
        for turn in (1, 2, 3)
    ]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(publisher().publish, effects))
    assert place.fetch("SELECT count(*), count(DISTINCT id), count(DISTINCT n) FROM rows_of") == [
        (200, 200, 1)
    ]


def test_an_engine_without_transactions_is_refused(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    place.run("CREATE TABLE rows_of (id INT) ENGINE = MyISAM")
    with pytest.raises(UnsupportedFeature, match=r"the engine MyISAM, which has no transactions.*InnoDB"):
        staged(place, ids(1))


def test_columns_that_the_database_makes_up_take_no_value(postgres: PostgresServer) -> None:
    place = postgres_place(postgres)
    place.run(
        "CREATE TABLE rows_of (id INT GENERATED ALWAYS AS IDENTITY, n INT, twice INT GENERATED ALWAYS AS "
        "(2 * n) STORED, uid UUID DEFAULT gen_random_uuid(), doc JSONB)"
    )
    for name in ("id", "twice"):
        with pytest.raises(UsageError, match=f"makes up {name} itself"):
            staged(place, pa.table({name: [1], "n": [1]}))
    written(place, pa.table({"n": [4], "doc": ['{"a": [1]}']}))
    assert place.fetch("SELECT id, n, twice, doc FROM rows_of") == [(1, 4, 8, {"a": [1]})]
    with pytest.raises(ValueUnwritable, match=r"row 2 .*invalid input syntax for type json"):
        staged(place, pa.table({"n": [4, 5, 6], "doc": ["{}", "{", "{}"]}))
    assert left_staged(place) == []


def test_a_unique_index_of_the_beginnings_of_texts_is_no_key(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    for key in ("UNIQUE (name(3))", "PRIMARY KEY (name(3))"):
        place.run("DROP TABLE IF EXISTS rows_of", f"CREATE TABLE rows_of (name VARCHAR(9), v INT, {key})")
        with pytest.raises(UsageError, match="has no primary key or"):
            staged(place, pa.table({"name": ["abc1", "abc2"], "v": [1, 2]}), mode="upsert", keys=("name",))


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "UTF8"])
def test_text_is_the_same_whatever_the_encoding_of_the_database(
    postgres: PostgresServer, encoding: str
) -> None:
    place = postgres_place(postgres)
    name = f"in_{encoding.lower()}"
    place.run(f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    other = Place(replace(place.login, database=name), place.server)
    other.run("CREATE TABLE rows_of (a TEXT)")
    written(other, pa.table({"a": ["é", "x"]}))
    found = other.fetch("SELECT octet_length(a), get_byte(CAST(a AS bytea), 0) FROM rows_of")
    assert sorted(found) == sorted([(1, ord("x")), (1, 0xE9) if encoding == "LATIN1" else (2, 0xC3)])


@pytest.mark.parametrize("product", ["mysql", "postgresql"])
def test_a_database_that_is_not_there_any_more_leaves_nothing_to_wait_for(
    product: str, request: pytest.FixtureRequest
) -> None:
    place = (
        postgres_place(request.getfixturevalue("postgres"))
        if product == "postgresql"
        else mariadb_place(request.getfixturevalue("mariadb"))
    )
    place.run("CREATE DATABASE gone")
    other = Place(replace(place.login, database="gone"), place.server)
    effect = staged(other, ids(1))
    place.run("DROP DATABASE gone")
    with pytest.raises(PublishFailed, match="gone"):
        publisher().publish(effect)
    publisher().take_back(effect)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({}, "the password that its script gave"),
        ({"connection": "shop"}, "password into the connection shop"),
        ({"secret": "s"}, "password into the secret s"),
    ],
)
def test_a_login_that_is_refused_meanwhile_says_what_to_do(
    postgres: PostgresServer, kept: dict[str, str], said: str
) -> None:
    place = postgres_place(postgres)
    effect = staged(place, ids(1))
    changed = replace(effect, login=replace(place.login, password="old"), **kept)
    for step in (publisher().publish, publisher().take_back):
        with pytest.raises(WriteWaits, match="authentication failed") as raised:
            step(changed)
        assert said in raised.value.first
        assert "placekeeper publication retry jr_0123456789ab" in raised.value.first
        assert "placekeeper publication give-up jr_0123456789ab" in raised.value.last
    publisher().take_back(effect)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "x: not in the frame, so the table's default"),
        (
            {"mode": "upsert", "keys": ("id",)},
            "x: not in the frame, so rows that are there keep theirs, and new ones get the table's default",
        ),
    ],
)
def test_a_column_that_the_frame_lacks_is_noted_with_what_becomes_of_it(
    place: Place, options: dict[str, Any], said: str
) -> None:
    place.run("CREATE TABLE rows_of (id BIGINT PRIMARY KEY, x INT DEFAULT 7)")
    table = DatabaseTable(schema=SCHEMAS.get(place.product, ""), name="rows_of")
    staging = staging_name("jr_0123456789abcdef", uuid4().hex)
    asked = WriteAsked(table=table, schema=ids(1).schema, staging=staging, rows_at_once=9, **options)
    begun = writing_at(place.login).begin(asked)
    begun.drop()
    assert begun.notes == (said,)


def test_a_user_who_may_not_make_tables_is_told_what_to_grant(postgres: PostgresServer) -> None:
    place = postgres_place(postgres)
    place.run("CREATE ROLE little LOGIN PASSWORD 'word'", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    little = Place(replace(place.login, user="little", password="word"), place.server)
    with pytest.raises(DatabaseFailed, match=r"permission denied.*write it: GRANT SELECT, INSERT"):
        staged(little, ids(1))
    place.run("DROP ROLE little")


def test_a_user_without_rights_on_the_marks_is_told_before_rows_are_staged(postgres: PostgresServer) -> None:
    place = postgres_place(postgres)
    written(place, ids(1))
    place.run(
        "DROP ROLE IF EXISTS other_writer",
        "CREATE ROLE other_writer LOGIN PASSWORD 'pw'",
        "GRANT CREATE, USAGE ON SCHEMA public TO other_writer",
        "GRANT ALL ON rows_of TO other_writer",
    )
    other = Place(replace(place.login, user="other_writer", password="pw"), place.server)
    grant = "GRANT SELECT, INSERT, UPDATE ON public.placekeeper_commits TO other_writer"
    with pytest.raises(DatabaseFailed, match=grant):
        written(other, ids(2))
    assert left_staged(place) == []
    place.run(grant)
    written(other, ids(2))
    assert rows_of(place) == [(1,), (2,)]
    place.run("DROP OWNED BY other_writer", "DROP ROLE other_writer")


def test_two_that_drop_the_same_staging_table_are_not_in_each_other_s_way(place: Place) -> None:
    effect = staged(place, ids(1))
    table = DatabaseTable(schema=effect.table.schema, name=effect.staging)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: drop_table(place.login, table), range(12)))
    assert left_staged(place) == []


def test_a_write_at_once_that_fails_leaves_no_rows_to_wait(place: Place) -> None:
    place.run("CREATE TABLE rows_of (id BIGINT CHECK (id < 5))")
    effect = staged(place, ids(1, 9), at_once=True)
    with pytest.raises(PublishFailed):
        publisher().publish(effect)
    assert (left_staged(place), rows_of(place)) == ([], [])


@pytest.mark.parametrize("mode", ["append", "overwrite"])
def test_the_statements_for_a_person_do_what_the_write_would_have_done(place: Place, mode: str) -> None:
    odd = "odd `]" if place.product == "mysql" else 'odd "`]'  # the server has ANSI_QUOTES
    written(place, pa.table({"id": [7], odd: ["a"]}), odd)
    effect = staged(place, pa.table({"id": [8], odd: ["b"]}), odd, mode=mode)
    assert place.fetch(looking(effect)) == []
    place.run(*by_hand(effect), dropping(effect))
    assert left_staged(place) == []
    name = by_hand(effect)[-1].partition("INTO ")[2].partition(" (")[0]
    ids_there = [id for (id,) in place.fetch(f"SELECT id FROM {name} ORDER BY id")]
    assert ids_there == ([8] if mode == "overwrite" else [7, 8])


def test_a_look_says_where_the_rows_are(place: Place) -> None:
    effect = staged(place, ids(1))
    assert publisher().look(effect) == RowsFound(is_marked=False, is_staged=True)
    publisher().publish(effect)
    assert publisher().look(effect) == RowsFound(is_marked=True, is_staged=False)
    assert place.fetch(looking(effect)) == [(1,)]


COMMITS_UNSEEN = "SET STATEMENT lock_wait_timeout = 9 FOR CALL commits()"
"""A statement of MariaDB that looks as if it stayed inside the transaction."""


def test_postactions_that_commit_unseen_are_found_out(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    place.run("CREATE TABLE rows_of (id BIGINT)", "CREATE PROCEDURE commits() BEGIN COMMIT; END")
    effect = staged(place, ids(1), postactions=(COMMITS_UNSEEN,))
    said = "statement of postactions has ended the transaction of the write. The rows are in the table"
    for _ in range(2):  # whoever repeats it is told too
        with pytest.raises(PublishFailed, match=said):
            publisher().publish(effect)
    assert rows_of(place) == [(1,)]
    with pytest.raises(NotTakenBack):
        publisher().take_back(effect)
    failing = staged(place, ids(2), postactions=(COMMITS_UNSEEN, "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(PublishFailed, match=r"`INSERT INTO nowhere .*failed"):
        publisher().publish(failing)
    with pytest.raises(NotTakenBack):
        publisher().take_back(failing)


def test_preactions_that_commit_unseen_are_found_out(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    place.run("CREATE TABLE rows_of (id BIGINT)", "CREATE PROCEDURE commits() BEGIN COMMIT; END")
    effect = staged(place, ids(1), preactions=(COMMITS_UNSEEN,))
    with pytest.raises(PublishFailed, match="a statement of preactions has ended the transaction"):
        publisher().publish(effect)
    publisher().take_back(effect)
    assert (rows_of(place), left_staged(place)) == ([], [])


def test_preactions_of_mysql_that_stay_done_are_named(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    place.run("CREATE TABLE rows_of (id BIGINT CHECK (id < 5))", "INSERT INTO rows_of VALUES (1)")
    effect = staged(place, ids(9), preactions=("TRUNCATE rows_of",))
    with pytest.raises(PublishFailed, match="and stay, since mysql commits at them: `TRUNCATE rows_of`"):
        publisher().publish(effect)
    assert rows_of(place) == []


TEXTS = ["café", "日本", "😀"]


def test_tables_of_a_latin1_database_take_all_texts(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    place.run(f"ALTER DATABASE {place.login.database} CHARACTER SET latin1")
    written(place, ids(1, 2, 3, note=pa.array(TEXTS)), "日本")
    assert [text for (text,) in place.fetch("SELECT note FROM `日本` ORDER BY id")] == TEXTS
    assert place.fetch("SELECT written_table FROM placekeeper_commits") == [("日本",)]
    written(place, pa.table({"name": pa.array(TEXTS)}), "keyed", keys=("name",), mode="upsert")
    assert sorted(place.fetch("SELECT name FROM keyed")) == sorted((text,) for text in TEXTS)

    place.run("CREATE TABLE old (id INT, note TEXT)")
    written(place, ids(1, note=pa.array(["café"])), "old")
    with pytest.raises(PlacekeeperError, match="note"):
        written(place, ids(2, note=pa.array(["日本"])), "old")
    assert place.fetch("SELECT id, note FROM old") == [(1, "café")]
    assert left_staged(place) == []


def test_a_database_with_all_characters_keeps_its_collation(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    place.run(f"ALTER DATABASE {place.login.database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    written(place, pa.table({"name": pa.array(["a", "A"])}), keys=("name",), mode="upsert")
    assert sorted(place.fetch("SELECT name FROM rows_of")) == [("A",), ("a",)]


ANEW = NewTable(replaces=True)


def of_old(place: Place) -> None:
    place.run(
        "CREATE TABLE rows_of (id INT PRIMARY KEY, old VARCHAR(20))", "INSERT INTO rows_of VALUES (1, 'a')"
    )


def test_an_overwrite_with_other_columns_makes_the_table_anew(place: Place) -> None:
    of_old(place)
    effect = staged(place, ids(7, note=["b"]), mode="overwrite", new=ANEW)
    assert effect.anew
    assert rows_of(place, "id, old") == [(1, "a")]  # until the run publishes
    for _ in range(3):
        publisher().publish(effect)
    assert rows_of(place, "id, note") == [(7, "b")]
    with pytest.raises(NotTakenBack):
        publisher().take_back(effect)
    same = written(place, ids(8, note=["c"]), mode="overwrite", new=ANEW)
    assert not same.anew
    assert rows_of(place, "id, note") == [(8, "c")]
    with pytest.raises(UsageError, match="has no column extra"):
        staged(place, ids(9, extra=["d"]), mode="overwrite", new=NewTable(replaces=False))


@pytest.mark.parametrize("point", ["publish.rows-marked", "publish.rows-moved"])
def test_a_table_that_is_made_anew_is_there_before_and_after_a_kill(place: Place, point: str) -> None:
    of_old(place)
    effect = staged(place, ids(7, note=["b"]), mode="overwrite", new=ANEW)

    class Killed(Exception):
        """As a kill would end it."""

    def kill(reached: str) -> None:
        if reached == point:
            raise Killed

    with pytest.raises(Killed):
        publisher(kill).publish(effect)
    assert rows_of(place, "id, old") == [(1, "a")]
    publisher().publish(effect)
    assert rows_of(place, "id, note") == [(7, "b")]


def test_a_table_that_is_not_made_anew_after_all_stays(place: Place) -> None:
    of_old(place)
    effect = staged(place, ids(7, note=["b"]), mode="overwrite", new=ANEW)

    def kill(reached: str) -> None:
        if reached == "publish.rows-moved":
            raise OSError(reached)

    with pytest.raises(OSError, match="rows-moved"):
        publisher(kill).publish(effect)
    publisher().take_back(effect)
    assert rows_of(place, "id, old") == [(1, "a")]


def test_writes_of_a_run_follow_a_table_that_it_makes_anew(place: Place) -> None:
    of_old(place)
    first = staged(place, ids(7, note=["b"]), mode="overwrite", new=ANEW)
    more = staged(place, ids(8, note=["c"]), waiting=(first,))
    other = staged(place, ids(9, third=["d"]), mode="overwrite", new=ANEW, waiting=(first, more))
    last = staged(place, ids(10, third=["e"]), waiting=(first, more, other))
    assert (more.made, other.anew, last.made) == ((), True, ())
    with pytest.raises(UsageError, match="an earlier write of this run makes the table"):
        staged(place, ids(8, note=["c"]), waiting=(first, more, other))
    for effect in (first, more, other, last):
        publisher().publish(effect)
    assert rows_of(place, "id, third") == [(10, "e"), (9, "d")]


def test_a_table_that_others_need_is_not_made_anew(place: Place) -> None:
    of_old(place)
    if place.product == "sqlite":
        pytest.skip("SQLite drops a table whatever refers to it")
    place.run("CREATE TABLE child (of_id INT, FOREIGN KEY (of_id) REFERENCES rows_of (id))")
    with pytest.raises(UnsupportedFeature, match="a foreign key of child refers to it"):
        staged(place, ids(7, note=["b"]), mode="overwrite", new=ANEW)
    place.run("DROP TABLE child", "CREATE VIEW seen AS SELECT id, old FROM rows_of")
    if place.product == "postgresql":
        with pytest.raises(UnsupportedFeature, match="the view seen reads it"):
            staged(place, ids(7, note=["b"]), mode="overwrite", new=ANEW)
    with pytest.raises(UnsupportedFeature, match="it is a view"):
        staged(place, ids(7, note=["b"]), "seen", mode="overwrite", new=ANEW)
    assert rows_of(place, "id, old") == [(1, "a")]


def test_a_made_table_has_the_types_and_options_of_the_script(place: Place) -> None:
    options = {"postgresql": "WITH (fillfactor=70)", "mysql": "COMMENT 'ours'", "sqlite": "STRICT"}
    columns = (("NOTE", "varchar(5)"),) if place.product != "sqlite" else (("NOTE", "ANY"),)
    new = NewTable(columns=columns, options=options[place.product])
    rows = ids(1, note=["abc"])
    if place.product == "sqlite":  # whose strict tables take its five types alone
        new = NewTable(columns=(*columns, ("id", "INTEGER")), options="STRICT")
    effect = written(place, rows, new=new)
    assert effect.made[1] == ("note", columns[0][1])
    assert rows_of(place, "id, note") == [(1, "abc")]
    if place.product != "sqlite":
        with pytest.raises(ValueUnwritable, match="note"):
            written(place, ids(2, note=["too long"]))
    with pytest.raises(UsageError, match="createTableColumnTypes names absent, and the frame has id"):
        written(place, ids(1), "other", new=NewTable(columns=(("absent", "INT"),)))
    with pytest.raises(DatabaseFailed):
        written(place, ids(1), "other", new=NewTable(options="NO SUCH OPTION"))


LOCKS = {
    "mysql": ("SELECT count(*) FROM rows_of FOR UPDATE", "SET innodb_lock_wait_timeout = 1"),
    "postgresql": ('LOCK TABLE "rows_of" IN SHARE MODE', "SET LOCAL lock_timeout = '1s'"),
}


@pytest.mark.parametrize("product", sorted(LOCKS))
def test_a_lock_that_another_session_holds_is_named(product: str, request: pytest.FixtureRequest) -> None:
    made = mariadb_place if product == "mysql" else postgres_place
    place = made(request.getfixturevalue("mariadb" if product == "mysql" else "postgres"))
    place.run("CREATE TABLE rows_of (id BIGINT PRIMARY KEY)", "INSERT INTO rows_of VALUES (1)")
    lock, wait = LOCKS[product]
    effect = staged(place, ids(2), preactions=(wait,))
    engine = engine_of(place.login)
    with engine.begin() as other:
        other.exec_driver_sql(lock)
        with pytest.raises(WriteWaits) as raised:
            publisher().publish(effect)
        said = str(raised.value)
        assert f"Another session holds a lock on {effect.table.full}" in said
        assert "^" not in said
        assert raised.value.first.endswith("publication retry jr_0123456789ab")
        assert "end that session, or wait for its end" in raised.value.first
        shows = said.partition("This shows which session it is: ")[2].partition(" (and")[0]
        own = "SELECT pg_backend_pid()" if product == "postgresql" else "SELECT connection_id()"
        session = other.exec_driver_sql(own).scalar_one()
        assert session in [row[0] for row in place.fetch(shows)]
    publisher().publish(effect)
    assert rows_of(place) == [(1,), (2,)]
