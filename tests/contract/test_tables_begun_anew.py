"""A table that was emptied and gives its numbers anew: no row is missed, and none read twice unasked."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from database_servers import mariadb_place, postgres_place, sqlite_place
from filled_tables import MADE, Filled
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import DatabaseTable
from placekeeper.model.errors import NoBookmarkKey
from placekeeper.model.policy import OnBackfill
from postgres import PostgresServer


@pytest.fixture(params=sorted(MADE))
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Filled:
    if request.param == "mysql":
        return Filled(mariadb_place(request.getfixturevalue("mariadb")), request.param)
    if request.param in ("postgresql", "serial"):
        return Filled(postgres_place(request.getfixturevalue("postgres")), request.param)
    return Filled(sqlite_place(tmp_path), request.param)


def test_an_empty_table_is_read_whole_from_then_on(filled: Filled) -> None:
    filled.add(5)
    assert filled.read() == [1, 2, 3, 4, 5]
    filled.empty()
    assert filled.read() == []
    assert "no row is there any more" in filled.runs.notes[0]
    filled.add(7)
    assert filled.read() == [1, 2, 3, 4, 5, 6, 7]
    assert filled.read() == []


def test_a_table_of_postgresql_that_was_emptied_is_read_whole(postgres: PostgresServer) -> None:
    filled = Filled(postgres_place(postgres), "postgresql")
    filled.add(5)
    filled.read()
    filled.empty()
    filled.add(3)
    assert filled.read() == [1, 2, 3]
    assert "was emptied since the last run" in filled.runs.notes[0]
    filled.add(1)
    assert filled.read() == [4]
    assert filled.runs.notes == ()


@pytest.mark.parametrize("rows", [5, 8])
def test_a_table_of_postgresql_that_passed_the_last_key_again_is_not_passed_by(
    postgres: PostgresServer, rows: int
) -> None:
    filled = Filled(postgres_place(postgres), "postgresql")
    filled.add(5)
    filled.read()
    filled.empty()
    filled.add(rows)
    with pytest.raises(NoBookmarkKey, match=r"up to the key 5. .* the rows up to 5 were read"):
        filled.read()
    filled.decide(OnBackfill.ALLOW)
    assert filled.read() == [*range(1, rows + 1)]


def test_rows_of_a_table_that_began_anew_are_not_passed_by(filled: Filled) -> None:
    filled.add(5)
    filled.read()
    filled.make_again()
    filled.add(3)
    with pytest.raises(NoBookmarkKey, match=r"up to the key 5. .* the rows up to 3 were read"):
        filled.read()
    filled.decide(OnBackfill.ALLOW)
    assert filled.read() == [1, 2, 3]
    filled.decide(OnBackfill.FAIL)
    filled.add(4)
    assert filled.read() == [4, 5, 6, 7]


def test_a_table_that_was_restored_goes_on_after_its_last_key(filled: Filled) -> None:
    filled.add(5)
    filled.read()
    filled.make_again()
    filled.add(3)
    filled.decide(OnBackfill.SEED)
    assert filled.read() == []
    filled.decide(OnBackfill.FAIL)
    filled.add(4)
    assert filled.read() == [4, 5, 6, 7]


@pytest.mark.parametrize("gone", ["id = 5", "id > 0"])
def test_rows_that_are_deleted_do_not_make_a_table_begin_anew(filled: Filled, gone: str) -> None:
    filled.add(5)
    filled.read()
    filled.place.run(f"DELETE FROM t WHERE {gone}")
    assert filled.read() == []
    filled.add(2)
    assert filled.read() == [6, 7]
    assert filled.runs.notes == ()


def test_a_number_of_sqlite_that_is_given_again_is_read(tmp_path: Path) -> None:
    filled = Filled(sqlite_place(tmp_path), "sqlite", "CREATE TABLE t (id integer PRIMARY KEY, note text)")
    filled.add(5)
    filled.read()
    filled.place.run("DELETE FROM t WHERE id > 3")
    assert filled.read() == []
    assert "the table ends at 3 now" in filled.runs.notes[0]
    filled.add(1)
    assert filled.read() == [4]


@pytest.mark.parametrize(
    "statement",
    [
        "VACUUM FULL t",
        "CLUSTER t USING t_pkey",
        "VACUUM FREEZE t",
        "ALTER TABLE t ADD COLUMN at timestamptz DEFAULT clock_timestamp()",
        "ALTER TABLE t ALTER COLUMN note TYPE varchar(100)",
        "UPDATE t SET note = 'again'",
        "TRUNCATE t",
    ],
)
def test_what_goes_on_with_its_numbers_is_not_read_again(postgres: PostgresServer, statement: str) -> None:
    filled = Filled(postgres_place(postgres), "postgresql")
    filled.add(5)
    filled.read()
    filled.place.run(statement)
    filled.add(2)
    assert filled.read() == [6, 7]
    assert filled.runs.notes == ()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE t ALTER COLUMN note TYPE varchar(100)",
        "ALTER TABLE t ADD COLUMN at timestamptz DEFAULT clock_timestamp()",
        "UPDATE t SET note = 'again'",
        "VACUUM FULL t",
        "ALTER TABLE t ALTER COLUMN id TYPE bigint",
        "ALTER TABLE t SET UNLOGGED",
    ],
)
def test_a_deleted_end_and_rows_written_again_are_not_read_again(
    postgres: PostgresServer, statement: str
) -> None:
    filled = Filled(postgres_place(postgres), "serial")
    filled.add(5)
    filled.read()
    filled.place.run("DELETE FROM t WHERE id = 5", statement)
    assert filled.read() == []
    filled.add(1)
    assert filled.read() == [6]


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("serial", MADE["serial"]),
        ("mysql", "CREATE TABLE t (id bigint PRIMARY KEY COMMENT 'was AUTO_INCREMENT', note text)"),
        ("sqlite", "CREATE TABLE t (id integer PRIMARY KEY, note text /* no AUTOINCREMENT */)"),
    ],
)
def test_a_counter_that_numbers_no_row_tells_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, made: str
) -> None:
    if kind == "sqlite":
        place = sqlite_place(tmp_path)
    elif kind == "mysql":
        place = mariadb_place(request.getfixturevalue("mariadb"))
    else:
        place = postgres_place(request.getfixturevalue("postgres"))
    filled = Filled(place, kind, made)
    place.run("INSERT INTO t (id, note) VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    filled.read()
    place.run("DELETE FROM t WHERE id = 3")
    assert filled.read() == []
    place.run("INSERT INTO t (id, note) VALUES (4, 'd')")
    assert filled.read() == [4]


def test_a_counter_that_the_user_may_not_see_tells_nothing(postgres: PostgresServer) -> None:
    place = postgres_place(postgres)
    place.run(MADE["postgresql"])
    name = f"little_{place.login.database}"
    place.run(f"CREATE ROLE {name} LOGIN PASSWORD 'word'", f"GRANT SELECT ON t TO {name}")
    login = replace(place.login, user=name, password="word")
    with SqlDatabases().at(login).session() as session:
        assert session.next_number(DatabaseTable("public", "t"), "id") is None
