"""A table whose rows were replaced by others under the same numbers: no row is passed by in silence."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from database_servers import MariaServer, Place, mariadb_place, postgres_place, sqlite_place
from filled_tables import Filled
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.errors import NoBookmarkKey
from placekeeper.model.policy import OnBackfill
from postgres import PostgresServer

MADE = {
    "mysql": "CREATE TABLE t (id bigint AUTO_INCREMENT PRIMARY KEY, note varchar(99), size int)",
    "postgresql": "CREATE TABLE t (id serial PRIMARY KEY, note text, size int)",
    "sqlite": "CREATE TABLE t (id integer PRIMARY KEY, note text, size int)",
    "sqlite counted": "CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT, note text, size int)",
    "uncounted": "CREATE TABLE t (id bigint PRIMARY KEY, note varchar(99), size int)",
}
"""How the table is made, by the kind of place."""


def place_of(request: pytest.FixtureRequest, folder: Path, kind: str) -> Place:
    if kind == "postgresql":
        return postgres_place(request.getfixturevalue("postgres"))
    if kind in ("mysql", "uncounted"):
        return mariadb_place(request.getfixturevalue("mariadb"))
    return sqlite_place(folder)


class Rows(Filled):
    """A table whose rows differ in all columns."""

    def write(self, ids: range, word: str) -> None:
        """Rows with these ids."""
        size = len(word) * 1000
        rows = ", ".join(f"({id}, '{word} {id * 7}', {size + id})" for id in ids)
        self.place.run(f"INSERT INTO t (id, note, size) VALUES {rows}")


@pytest.fixture(params=sorted(MADE))
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Rows:
    return Rows(place_of(request, tmp_path, request.param), request.param, MADE[request.param])


@pytest.fixture
def in_maria(mariadb: MariaServer) -> Rows:
    return Rows(mariadb_place(mariadb), "mysql", MADE["mysql"])


@pytest.fixture
def in_sqlite(tmp_path: Path) -> Rows:
    return Rows(sqlite_place(tmp_path), "sqlite", MADE["sqlite"])


@pytest.mark.parametrize("end", [60, 100, 130])
def test_other_rows_in_the_places_of_all_are_not_passed_by(rows: Rows, end: int) -> None:
    rows.write(range(1, 101), "old")
    rows.read()
    later = ["DO SLEEP(1.1)"] if rows.kind == "mysql" else []  # its definition has a time in seconds
    rows.place.run(*later, "DROP TABLE t", MADE[rows.kind])
    rows.write(range(1, end + 1), "other")
    with pytest.raises(NoBookmarkKey, match=rf"up to the key 100. .* the rows up to {min(end, 100)} were"):
        rows.read()
    rows.decide(OnBackfill.ALLOW)
    assert rows.read() == [*range(1, end + 1)]
    rows.decide(OnBackfill.FAIL)
    assert rows.read() == []


def test_a_column_made_from_the_key_hides_no_other_rows(in_maria: Rows) -> None:
    little_reader(in_maria)
    in_maria.place.run("ALTER TABLE t ADD COLUMN code varchar(99)")
    made = "UPDATE t SET code = CONCAT('INV-', LPAD(id, 5, '0'))"
    in_maria.write(range(1, 101), "old")
    in_maria.place.run(made)
    in_maria.read()
    in_maria.place.run("TRUNCATE t")
    in_maria.write(range(1, 131), "other")
    in_maria.place.run(made)
    with pytest.raises(NoBookmarkKey, match="other rows have the keys"):
        in_maria.read()


@pytest.mark.parametrize("end", [60, 100, 130])
def test_a_table_of_mariadb_that_was_truncated_is_not_passed_by(in_maria: Rows, end: int) -> None:
    in_maria.add(100)
    in_maria.read()
    in_maria.place.run("TRUNCATE t")
    in_maria.add(end)
    if end < 100:
        assert in_maria.read() == [*range(1, end + 1)]
        assert "was emptied since the last run" in in_maria.runs.notes[0]
        return
    with pytest.raises(NoBookmarkKey, match="the rows up to 100 were read"):
        in_maria.read()
    in_maria.decide(OnBackfill.SEED)
    assert in_maria.read() == [*range(101, end + 1)]


@pytest.mark.parametrize("end", [60, 100, 130])
def test_a_table_of_sqlite_whose_rows_were_deleted_is_not_passed_by(in_sqlite: Rows, end: int) -> None:
    in_sqlite.write(range(1, 101), "old")
    in_sqlite.read()
    in_sqlite.place.run("DELETE FROM t")
    in_sqlite.write(range(1, end + 1), "other")
    with pytest.raises(NoBookmarkKey, match="other rows have the keys of rows that were read"):
        in_sqlite.read()
    in_sqlite.decide(OnBackfill.SEED)
    assert in_sqlite.read() == [*range(101, end + 1)]
    in_sqlite.decide(OnBackfill.FAIL)
    assert in_sqlite.read() == []


def test_numbers_of_deleted_last_rows_that_are_given_again_are_not_passed_by(in_sqlite: Rows) -> None:
    in_sqlite.write(range(1, 101), "old")
    in_sqlite.read()
    in_sqlite.place.run("DELETE FROM t WHERE id > 90")
    in_sqlite.write(range(91, 111), "other")
    with pytest.raises(NoBookmarkKey, match="that were read behind the key 46"):
        in_sqlite.read()


@pytest.mark.parametrize("end", [100, 130])
def test_a_table_that_was_loaded_again_goes_on(rows: Rows, end: int) -> None:
    rows.write(range(1, 101), "old")
    rows.read()
    rows.place.run("DELETE FROM t" if "sqlite" in rows.kind else "TRUNCATE TABLE t")
    rows.write(range(1, end + 1), "old")
    assert rows.read() == [*range(101, end + 1)]
    assert rows.runs.notes == ()


ORDINARY = {
    "a column of all": ("UPDATE t SET note = 'again'",),
    "a column of the last": ("UPDATE t SET size = size + 1 WHERE id > 80",),
    "both columns of some": ("UPDATE t SET note = 'again', size = 0 WHERE id IN (97, 99)",),
    "old ones deleted": ("DELETE FROM t WHERE id < 99",),
    "the last deleted": ("DELETE FROM t WHERE id IN (98, 99)",),
    "one left": ("DELETE FROM t WHERE id <> 50",),
    "deleted and changed": ("DELETE FROM t WHERE id < 90", "UPDATE t SET size = size + 1"),
    "a new column": ("ALTER TABLE t ADD COLUMN more int",),
    "a column less": ("ALTER TABLE t DROP COLUMN size",),
    "a new name": ("ALTER TABLE t RENAME COLUMN note TO remark",),
}
"""What may happen to a table whose rows are those that were read."""


@pytest.mark.parametrize("what", sorted(ORDINARY))
def test_what_is_done_to_rows_that_were_read_does_not_stop_a_run(rows: Rows, what: str) -> None:
    rows.write(range(1, 101), "old")
    rows.read()
    rows.place.run(*ORDINARY[what], "INSERT INTO t (id) VALUES (101)")
    assert rows.read() == [101]
    assert rows.runs.notes == ()
    assert rows.read() == []


STOCK = "CREATE TABLE t (id integer PRIMARY KEY, kind varchar(9), quantity int, updated_at int)"


def little_reader(rows: Filled) -> None:
    """From now on a user of MariaDB reads who lacks the right PROCESS."""
    place = rows.place
    name = f"little_{place.login.database}"
    place.run(
        f"CREATE USER {name}@'127.0.0.1' IDENTIFIED BY 'word'",
        f"GRANT SELECT ON {place.login.database}.* TO {name}@'127.0.0.1'",
    )
    rows.runs.database = SqlDatabases().at(replace(place.login, user=name, password="word"))


@pytest.mark.parametrize("kind", ["mysql", "sqlite"])
def test_updates_of_the_newest_rows_stop_no_run(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    rows = Filled(place_of(request, tmp_path, kind), kind, STOCK)
    if kind == "mysql":
        rows.place.run("ALTER TABLE t MODIFY id bigint AUTO_INCREMENT")
        little_reader(rows)
    values = ", ".join(f"({id}, 'kind {id % 3}', {id * 7}, {id * 9})" for id in range(1, 101))
    rows.place.run(f"INSERT INTO t VALUES {values}")
    rows.read()
    for newest in (3, 7):
        rows.place.run(
            f"UPDATE t SET quantity = quantity + 1, updated_at = updated_at + 1 WHERE id > {100 - newest}"
        )
        assert rows.read() == []


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_the_only_column_that_tells_may_change_in_all_rows_of_a_table_that_was_kept(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    rows = Rows(place_of(request, tmp_path, kind), kind, MADE[kind])
    rows.write(range(1, 101), "old")
    rows.place.run("UPDATE t SET size = 1")
    rows.read()
    rows.place.run("UPDATE t SET note = CONCAT(note, ' again')")
    rows.write(range(101, 102), "new")
    assert rows.read() == [101]
    assert rows.runs.notes == ()


def test_keep_goes_on_with_the_table_as_it_was_read(in_sqlite: Rows) -> None:
    in_sqlite.write(range(1, 51), "old")
    in_sqlite.write(range(52, 101), "old")
    in_sqlite.read()
    in_sqlite.place.run("UPDATE t SET note = 'again ' || note, size = size + 1")
    with pytest.raises(NoBookmarkKey, match=r"or keep .it is the same table, .* go on as before"):
        in_sqlite.read()
    in_sqlite.decide(OnBackfill.KEEP)
    in_sqlite.write(range(101, 103), "new")
    assert in_sqlite.read() == [101, 102]
    assert "is read on (--bookmark-backfill keep)" in in_sqlite.runs.notes[0]
    in_sqlite.decide(OnBackfill.FAIL)
    in_sqlite.write(range(51, 52), "late")
    assert in_sqlite.read() == [51]


def test_keep_reads_what_comes_after_the_last_row_that_is_there(in_sqlite: Rows) -> None:
    in_sqlite.write(range(1, 101), "old")
    in_sqlite.read()
    in_sqlite.place.run("DELETE FROM t WHERE id > 98", "UPDATE t SET note = 'again' || id, size = size + 1")
    in_sqlite.decide(OnBackfill.KEEP)
    assert in_sqlite.read() == []
    in_sqlite.decide(OnBackfill.FAIL)
    in_sqlite.write(range(99, 102), "new")
    assert in_sqlite.read() == [99, 100, 101]


WRITTEN_AGAIN = (
    "OPTIMIZE TABLE t",
    "ALTER TABLE t MODIFY note text",
    "ALTER TABLE t ENGINE=InnoDB",
    "ANALYZE TABLE t",
)


@pytest.mark.parametrize("statement", WRITTEN_AGAIN)
def test_a_table_of_mariadb_that_is_written_again_goes_on(in_maria: Rows, statement: str) -> None:
    in_maria.add(5)
    in_maria.read()
    in_maria.place.run("DO SLEEP(1.1)", statement)  # MariaDB tells the time of a definition in seconds
    in_maria.add(2)
    assert in_maria.read() == [6, 7]
    assert in_maria.runs.notes == ()


def test_all_values_of_rows_that_mariadb_has_kept_may_change(in_maria: Rows) -> None:
    in_maria.write(range(1, 101), "old")
    in_maria.read()
    in_maria.place.run("UPDATE t SET note = CONCAT(note, 'x'), size = size + 1")
    assert in_maria.read() == []


def test_a_reader_without_rights_sees_by_the_rows(mariadb: MariaServer) -> None:
    rows = Rows(mariadb_place(mariadb), "mysql", MADE["mysql"])
    little_reader(rows)
    rows.write(range(1, 101), "old")
    rows.read()
    rows.place.run("TRUNCATE t")
    rows.write(range(1, 131), "other")
    with pytest.raises(NoBookmarkKey, match="other rows have the keys"):
        rows.read()


def test_a_table_of_an_odd_name_tells_its_mark(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    place.run("CREATE TABLE `a-b ü/c` (id bigint AUTO_INCREMENT PRIMARY KEY)")
    with SqlDatabases().at(place.login).session() as session:
        (listed,) = session.tables()
        mark = session.table_mark(listed.table)
    assert mark is not None
    assert mark.files.isdecimal()


@pytest.mark.parametrize("behind_h", [0, 30])
def test_a_table_with_a_time_as_key_that_was_loaded_again_goes_on(
    postgres: PostgresServer, behind_h: int
) -> None:
    place = postgres_place(postgres)
    rows = Rows(
        place,
        "postgresql",
        "CREATE TABLE t (id serial PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())",
    )
    rows.runs.keys = ("at",)
    place.run("INSERT INTO t (id) SELECT * FROM generate_series(1, 20)")
    assert rows.read() == [*range(1, 21)]
    place.run(
        "TRUNCATE t RESTART IDENTITY",
        f"INSERT INTO t SELECT n, now() - interval '{behind_h} hours' FROM generate_series(1, 5) n",
        "INSERT INTO t (id) SELECT * FROM generate_series(6, 9)",
    )
    assert rows.read() == [*range(1, 10)]
    assert "the table was emptied and filled again since the last run" in rows.runs.notes[0]
    assert rows.read() == []
    assert rows.runs.notes == ()
