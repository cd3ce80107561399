"""What holds for every product whose tables scripts read: one moment, keys, gaps, rows, failures."""

import datetime
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database_servers import Place, mariadb_place, postgres_place, sqlite_place
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import (
    BookmarkKeys,
    DatabaseTable,
    IdRange,
    Key,
    KeyRange,
    KeyValue,
    Partitioning,
    Rows,
)
from placekeeper.model.errors import DatabaseFailed, TableNotThere, UsageError
from placekeeper.ports.databases import Database
from postgres import PostgresServer

PRODUCTS = ("mysql", "postgresql", "sqlite")
ORDERS = DatabaseTable("", "orders")
BY_ID = BookmarkKeys(columns=("id",), unique=True)
BY_DAY = BookmarkKeys(columns=("day", "id"), unique=True)


@pytest.fixture(params=PRODUCTS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return _place(request, request.param, tmp_path)


@pytest.fixture
def database(place: Place) -> Database:
    return SqlDatabases().at(place.login)


def _place(request: pytest.FixtureRequest, product: str, folder: Path) -> Place:
    match product:
        case "mysql":
            return mariadb_place(request.getfixturevalue("mariadb"))
        case "postgresql":
            return postgres_place(request.getfixturevalue("postgres"))
    return sqlite_place(folder)


@pytest.fixture
def orders(place: Place) -> Place:
    """Orders 1 to 20 without 5, 6 and 13; two a day; the note of each third is null."""
    place.run(
        "CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, day VARCHAR(20) NOT NULL, note VARCHAR(20))",
        "CREATE INDEX by_day ON orders (day, id)",
    )
    place.insert("orders", [_order(number) for number in range(1, 21) if number not in (5, 6, 13)])
    return place


def _order(number: int) -> tuple[Any, ...]:
    return number, f"day {number // 2:02}", None if number % 3 == 0 else f"note {number}"


def number(value: int) -> Key:
    return (KeyValue("int", str(value)),)


def on(day: str, id: int) -> Key:
    return (KeyValue("text", day), KeyValue("int", str(id)))


def ids(batches: Iterator[pa.RecordBatch]) -> list[int]:
    return [value for batch in batches for value in batch.column("id").to_pylist()]


def test_a_table_is_described(orders: Place, database: Database) -> None:
    with database.session() as session:
        shape = session.shape(DatabaseTable("", "ORDERS"))
    assert shape.table.name == "orders"
    assert [column.name for column in shape.columns] == ["id", "day", "note"]
    assert [column.key_type for column in shape.columns] == ["int", "text", "text"]
    assert [column.nullable for column in shape.columns] == [False, False, True]
    assert shape.primary_key == ("id",)
    assert set(shape.indexed) == {"id", "day"}


def test_a_table_that_is_not_there_names_one_that_is(orders: Place, database: Database) -> None:
    with database.session() as session:
        with pytest.raises(TableNotThere, match=r"Did you mean .*orders\?"):
            session.shape(DatabaseTable("", "order"))
        assert session.shape(ORDERS).primary_key == ("id",)  # the transaction goes on


@pytest.mark.parametrize("descending", [False, True])
def test_the_ends_of_the_keys(orders: Place, database: Database, descending: bool) -> None:
    keys = msgspec.structs.replace(BY_ID, descending=descending)
    with database.session() as session:
        ends = session.first_key(ORDERS, keys, KeyRange()), session.last_key(ORDERS, keys, KeyRange())
        assert ends == ((number(20), number(1)) if descending else (number(1), number(20)))
        within = (
            KeyRange(after=number(15), upto=number(7))
            if descending
            else KeyRange(after=number(3), upto=number(13), to_before=True)
        )
        assert session.last_key(ORDERS, keys, within) == (number(7) if descending else number(12))
        assert session.first_key(ORDERS, keys, within) == (number(14) if descending else number(4))
        assert session.key_back(ORDERS, keys, KeyRange(), 3) == (number(4) if descending else number(17))
        assert session.key_back(ORDERS, keys, KeyRange(), 17) is None
        nothing = KeyRange(after=number(20), upto=number(20))
        assert session.last_key(ORDERS, keys, nothing) is None


def test_compound_keys_are_compared_lexicographically(orders: Place, database: Database) -> None:
    rows = Rows(table=ORDERS, keys=BY_DAY, ranges=(KeyRange(after=on("day 04", 8), upto=on("day 07", 14)),))
    with database.session() as session:
        assert ids(session.read(rows)) == [9, 10, 11, 12, 14]
        assert session.count(rows) == 5
        assert session.last_key(ORDERS, BY_DAY, KeyRange()) == on("day 10", 20)
        leading = KeyRange(after=(KeyValue("text", "day 04"),), upto=(KeyValue("text", "day 07"),))
        some = Rows(table=ORDERS, keys=BY_DAY, ranges=(leading,))
        assert ids(session.read(some)) == [10, 11, 12, 14, 15]
        before = Rows(table=ORDERS, keys=BY_DAY, ranges=(msgspec.structs.replace(leading, to_before=True),))
        assert ids(session.read(before)) == [10, 11, 12]


def test_ranges_and_ids_give_each_row_once_in_order(orders: Place, database: Database) -> None:
    rows = Rows(
        table=ORDERS,
        keys=BY_ID,
        ranges=(KeyRange(after=number(10), upto=number(12)), KeyRange(after=number(11), upto=number(14))),
        ids=(IdRange(1, 1), IdRange(4, 7), IdRange(12, 12), IdRange(40, 90)),
    )
    down = msgspec.structs.replace(
        rows,
        keys=BookmarkKeys(columns=("id",), descending=True),
        ranges=(KeyRange(after=number(15), upto=number(11)),),
    )
    with database.session() as session:
        assert ids(session.read(rows)) == [1, 4, 7, 11, 12, 14]
        assert ids(session.read(down)) == [14, 12, 11, 7, 4, 1]
        assert session.count(rows) == session.count(down) == 6


def test_thousands_of_ids(orders: Place, database: Database) -> None:
    asked = tuple(IdRange(value, value) for value in range(-9000, 40, 2))
    with database.session() as session:
        assert ids(session.read(Rows(table=ORDERS, keys=BY_ID, ids=asked))) == [
            2,
            4,
            8,
            10,
            12,
            14,
            16,
            18,
            20,
        ]


def test_null_keys_are_in_no_range(orders: Place, database: Database) -> None:
    keys = BookmarkKeys(columns=("note",))
    every = Rows(table=ORDERS, keys=keys, ranges=(KeyRange(),))
    with database.session() as session:
        assert session.count(every) == 12
        alone = Rows(table=ORDERS, keys=keys, nulls=True)
        assert sorted(ids(session.read(alone))) == [3, 9, 12, 15, 18]
        assert session.count(alone) == 5
        with_nulls = msgspec.structs.replace(every, nulls=True)
        assert session.count(with_nulls) == 17
        assert sorted(ids(session.read(with_nulls))) == sorted(ids(session.read(Rows(table=ORDERS))))
        assert session.last_key(ORDERS, keys, KeyRange()) == (KeyValue("text", "note 8"),)
        assert session.first_key(ORDERS, keys, KeyRange()) == (KeyValue("text", "note 1"),)


def test_gaps_are_the_highest(orders: Place, database: Database) -> None:
    with database.session() as session:
        all_gaps = session.gaps(ORDERS, BY_ID, -3, 30, 10)
        assert list(all_gaps) == [IdRange(-3, 0), IdRange(5, 6), IdRange(13, 13), IdRange(21, 30)]
        assert list(session.gaps(ORDERS, BY_ID, -3, 30, 2)) == [IdRange(13, 13), IdRange(21, 30)]
        assert list(session.gaps(ORDERS, BY_ID, 1, 20, 9)) == [IdRange(5, 6), IdRange(13, 13)]
        assert list(session.gaps(ORDERS, BY_ID, 5, 6, 9)) == [IdRange(5, 6)]
        assert list(session.gaps(ORDERS, BY_ID, 7, 12, 9)) == []


def test_columns_are_given_as_asked(orders: Place, database: Database) -> None:
    rows = Rows(table=ORDERS, keys=BY_ID, columns=("note", "id"), ids=(IdRange(2, 2),))
    with database.session() as session:
        assert session.schema(rows).names == ["note", "id"]
        (batch,) = session.read(rows)
        assert batch.to_pylist() == [{"note": "note 2", "id": 2}]


def test_a_query_is_read(orders: Place, database: Database) -> None:
    rows = Rows(query="SELECT id, note FROM orders WHERE note <> ':not %s' AND id > 17 ; ")
    with database.session() as session:
        assert session.schema(rows).names == ["id", "note"]
        assert session.count(rows) == 2
    assert sorted(ids(database.read(rows))) == [19, 20]


def test_a_session_sees_one_moment(orders: Place, database: Database) -> None:
    with database.session() as session:
        orders.insert("orders", [_order(21)])
        orders.run("DELETE FROM orders WHERE id = 20")
        assert session.last_key(ORDERS, BY_ID, KeyRange()) == number(20)
        assert 20 in ids(session.read(Rows(table=ORDERS)))
        snapshot = session.moment.snapshot
        if snapshot is not None:
            assert 20 in ids(database.read(Rows(table=ORDERS), snapshot))
        assert 21 in ids(database.read(Rows(table=ORDERS)))


def test_a_session_tells_the_time(place: Place, database: Database) -> None:
    """In UTC, and as its clocks show it: that of the tests' MariaDB is two hours ahead."""
    before = datetime.datetime.now(datetime.UTC).timestamp()
    with database.session() as session:
        assert abs(session.moment.now_us / 1e6 - before) < 60
        ahead = (session.moment.local_us or session.moment.now_us) - session.moment.now_us
    assert round(ahead / 1e6) == (7200 if place.product == "mysql" else 0)


def test_all_tables_and_views_are_listed(orders: Place, database: Database) -> None:
    orders.run("CREATE VIEW days AS SELECT day FROM orders")
    with database.session() as session:
        listed = session.tables()
        assert [(one.table.name, one.is_view) for one in listed] == [("days", True), ("orders", False)]
        assert [session.shape(one.table).table for one in listed] == [one.table for one in listed]


ODD_NAMES = ("Order", "select", "two words", 'a "quoted" one', "per%cent", "co:lon", "ö", "back`tick")


def test_names_of_any_kind(place: Place, database: Database) -> None:
    mark = "`" if place.product == "mysql" else '"'
    quoted = [mark + name.replace(mark, mark * 2) + mark for name in ODD_NAMES]
    columns = ", ".join(f"{name} INTEGER" for name in quoted)
    place.run(
        f"CREATE TABLE {quoted[3]} ({columns})", f"INSERT INTO {quoted[3]} VALUES (1, 2, 3, 4, 5, 6, 7, 8)"
    )
    table = DatabaseTable("", ODD_NAMES[3])
    with database.session() as session:
        assert [column.name for column in session.shape(table).columns] == list(ODD_NAMES)
        for position, name in enumerate(ODD_NAMES, 1):
            keys = BookmarkKeys(columns=(name, "Order"))
            last = session.last_key(table, keys, KeyRange())
            assert last == (*number(position), *number(1))
            (batch,) = session.read(Rows(table=table, keys=keys, ranges=(KeyRange(upto=last),)))
            assert batch.to_pylist() == [dict(zip(ODD_NAMES, range(1, 9), strict=True))]


def test_parts_have_each_row_once(orders: Place, database: Database) -> None:
    orders.insert("orders", [_order(value) for value in range(100, 5000)])
    if orders.product == "postgresql":
        orders.run("VACUUM ANALYZE orders")
    elif orders.product == "mysql":
        orders.run("ANALYZE TABLE orders")
    for rows in (
        Rows(table=ORDERS),
        Rows(table=ORDERS, keys=BY_ID, ranges=(KeyRange(after=number(200), upto=number(4500)),)),
        Rows(table=ORDERS, keys=BY_DAY, ranges=(KeyRange(after=on("day 10", 20)),)),
    ):
        with database.session() as session:
            parts = session.parts(rows, 4)
            snapshot = session.moment.snapshot
            whole = sorted(ids(session.read(rows)))
            assert 2 <= len(parts) <= 8
            found = [ids(database.read(msgspec.structs.replace(rows, part=part), snapshot)) for part in parts]
            assert sorted(value for part in found for value in part) == whole
            assert session.parts(Rows(query="SELECT id FROM orders"), 4) == ()
    assert sum(bool(part) for part in found) > 1


CUTS = {
    "bounds": Partitioning(column="ID", parts=4, lower="100", upper="600"),
    "column": Partitioning(column="id"),
    "expression": Partitioning(expression="id % 5", parts=3),
    "expression of nulls": Partitioning(expression="CASE WHEN id < 300 THEN id - 200 END", parts=4),
    "text": Partitioning(column="Note", parts=5),
}


@pytest.mark.parametrize("by", sorted(CUTS))
def test_parts_that_a_script_asks_for_have_each_row_once(orders: Place, database: Database, by: str) -> None:
    orders.insert("orders", [_order(value) for value in range(100, 600)])
    for rows in (
        Rows(table=ORDERS),
        Rows(table=ORDERS, keys=BY_ID, ranges=(KeyRange(after=number(3), upto=number(450)),)),
        Rows(query="SELECT id, note FROM orders WHERE id < 550"),
    ):
        with database.session() as session:
            parts = session.cut(rows, CUTS[by])
            snapshot = session.moment.snapshot
            whole = sorted(ids(session.read(rows)))
            assert len(parts) == CUTS[by].parts
            found = [ids(database.read(msgspec.structs.replace(rows, part=part), snapshot)) for part in parts]
            assert sorted(value for part in found for value in part) == whole
            assert sum(bool(part) for part in found) > 2


def test_parts_by_what_is_not_there(orders: Place, database: Database) -> None:
    rows = Rows(table=ORDERS)
    with database.session() as session:
        assert session.cut(rows, Partitioning(column="id", parts=1)) == ()
        with pytest.raises(UsageError, match=r"no column 'idd', which hashfield names.*id, day.*mean id\?"):
            session.cut(rows, Partitioning(column="idd"))
        with pytest.raises(UsageError, match="lowerBound 9 is above upperBound 1"):
            session.cut(rows, Partitioning(column="id", lower="9", upper="1"))
        with pytest.raises(UsageError, match="lowerBound and upperBound are numbers"):
            session.cut(rows, Partitioning(column="id", lower="9", upper="x"))
        with pytest.raises(DatabaseFailed, match="cannot cut rows by hashexpression 'nothing % 3'"):
            session.cut(rows, Partitioning(expression="nothing % 3"))


@pytest.mark.parametrize("product", ["mysql", "postgresql"])
def test_wrong_logins_are_told_without_the_password(
    request: pytest.FixtureRequest, product: str, tmp_path: Path
) -> None:
    login = _place(request, product, tmp_path).login
    for change, said in (
        ({"password": "wr0ng!"}, "Check user"),
        ({"database": "nowhere"}, "Check the database's name"),
        ({"port": 1}, "Check that it runs"),
        ({"host": "nowhere.invalid"}, "Check"),
    ):
        wrong = msgspec.structs.replace(login, **change)
        with pytest.raises(DatabaseFailed, match=said) as failure, SqlDatabases().at(wrong).session():
            pass
        assert wrong.place in str(failure.value)
        assert wrong.password not in str(failure.value)


@pytest.mark.parametrize(
    ("product", "parameters"),
    [
        ("mysql", {"sslMode": "REQUIRED"}),
        ("mysql", {"useSSL": "true"}),
        ("postgresql", {"sslmode": "require"}),
        ("postgresql", {"ssl": "true"}),
    ],
)
def test_encryption_that_a_url_asks_for_is_never_left_out(
    request: pytest.FixtureRequest, product: str, parameters: dict[str, str], tmp_path: Path
) -> None:
    login = _place(request, product, tmp_path).login
    asking = msgspec.structs.replace(login, parameters=parameters)
    with (
        pytest.raises(DatabaseFailed, match=r"encryption|SSL|certificate"),
        SqlDatabases().at(asking).session(),
    ):
        pass


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    login = msgspec.structs.replace(sqlite_place(tmp_path).login, database=str(tmp_path / "other.db"))
    with pytest.raises(DatabaseFailed, match="Check the path"), SqlDatabases().at(login).session():
        pass
    assert not (tmp_path / "other.db").exists()


def test_what_a_query_does_wrong_is_told(place: Place, database: Database) -> None:
    with database.session() as session, pytest.raises(DatabaseFailed) as failure:
        session.schema(Rows(query="SELEKT 1"))
    assert place.login.place in str(failure.value)


def test_ids_need_one_whole_number(orders: Place, database: Database) -> None:
    with database.session() as session, pytest.raises(DatabaseFailed):
        list(session.read(Rows(table=ORDERS, keys=BY_DAY, ids=(IdRange(1, 2),))))


def test_a_key_that_is_gone_is_told(orders: Place, database: Database) -> None:
    with database.session() as session, pytest.raises(DatabaseFailed, match="no column 'gone'"):
        session.last_key(ORDERS, BookmarkKeys(columns=("gone",)), KeyRange())


def test_reading_may_stop_early(orders: Place, database: Database) -> None:
    with database.session() as session:
        with closing(session.read(Rows(table=ORDERS))) as batches:
            next(batches)
        assert session.count(Rows(table=ORDERS)) == 17
    with closing(database.read(Rows(table=ORDERS))) as batches:
        next(batches)


KEYS = st.tuples(st.integers(-3, 3), st.sampled_from(["", "a", "b", "ba", "é"]))
BOUNDS = st.one_of(st.none(), KEYS)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(KEYS, max_size=12), BOUNDS, BOUNDS, st.booleans(), st.booleans())
def test_ranges_are_as_python_compares_tuples(
    place: Place,
    database: Database,
    rows: list[tuple[int, str]],
    after: tuple[int, str] | None,
    upto: tuple[int, str] | None,
    descending: bool,
    to_before: bool,
) -> None:
    collate = {"postgresql": 'COLLATE "C"', "mysql": "COLLATE utf8mb4_bin", "sqlite": ""}[place.product]
    place.run(
        f"CREATE TABLE IF NOT EXISTS pairs (id INTEGER, t VARCHAR(9) {collate}, n INTEGER)",
        "DELETE FROM pairs",
    )
    if rows:
        place.insert("pairs", [(*row, position) for position, row in enumerate(rows)])
    keys = BookmarkKeys(columns=("id", "t"), descending=descending)
    within = KeyRange(after=after and _pair(after), upto=upto and _pair(upto), to_before=to_before)

    def is_in(row: tuple[int, str]) -> bool:
        sign = -1 if descending else 1
        compare = lambda one, other: sign * ((one > other) - (one < other))  # noqa: E731
        above = after is None or compare(row, after) > 0
        return above and (upto is None or compare(row, upto) < (0 if to_before else 1))

    meant = sorted((row for row in rows if is_in(row)), reverse=descending)
    table = DatabaseTable("", "pairs")
    with database.session() as session:
        asked = Rows(table=table, keys=keys, ranges=(within,), columns=("id", "t"))
        found = [tuple(row.values()) for batch in session.read(asked) for row in batch.to_pylist()]
        assert found == meant
        assert session.count(asked) == len(meant)
        ends = session.first_key(table, keys, within), session.last_key(table, keys, within)
        assert ends == ((_pair(meant[0]), _pair(meant[-1])) if meant else (None, None))


def _pair(key: tuple[int, str]) -> Key:
    return (KeyValue("int", str(key[0])), KeyValue("text", key[1]))


def test_decimals_stay_exact(place: Place, database: Database) -> None:
    place.run("CREATE TABLE prices (id INTEGER, price NUMERIC(30, 10))")
    place.insert("prices", [(1, "12345678901.0000000001" if place.product != "sqlite" else 0.5)])
    (batch,) = database.read(Rows(table=DatabaseTable("", "prices")))
    assert batch.schema.field("price").type == pa.decimal128(30, 10)
    meant = Decimal("12345678901.0000000001") if place.product != "sqlite" else Decimal("0.5")
    assert batch.column("price").to_pylist() == [meant]


def test_indexes_of_postgresql_tell_keys_where_they_are_of_all_rows(postgres: PostgresServer) -> None:
    place = postgres_place(postgres)
    place.run(
        'CREATE TABLE t (a int, "B" int, c int, d text, e int, f int UNIQUE, PRIMARY KEY (c, "B"))',
        "CREATE UNIQUE INDEX ON t (d, a DESC) INCLUDE (e)",
        "CREATE UNIQUE INDEX ON t (a) WHERE a > 0",
        "CREATE UNIQUE INDEX ON t (e, lower(d))",
        "CREATE INDEX ON t (e)",
        "ALTER TABLE t DROP COLUMN a",
        "ALTER TABLE t ADD COLUMN a int",
        "CREATE UNIQUE INDEX ON t (d, a)",
        "CREATE TABLE p (day date, id int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
        "CREATE MATERIALIZED VIEW m AS SELECT 1 AS one",
        "CREATE UNIQUE INDEX ON m (one)",
        "CREATE VIEW v AS SELECT * FROM t",
    )
    with SqlDatabases().at(place.login).session() as session:
        shapes = {name: session.shape(DatabaseTable("", name)) for name in ("t", "p", "m", "v")}
    found = {name: (shape.primary_key, shape.unique, shape.indexed) for name, shape in shapes.items()}
    assert found == {
        "t": (("c", "B"), (("d", "a"), ("f",)), ("c", "d", "e", "f")),
        "p": (("id", "day"), (), ("id",)),
        "m": ((), (("one",),), ("one",)),
        "v": ((), (), ()),
    }
