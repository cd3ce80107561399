"""What a session knows of the transactions of others, and what happens when its server goes away."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

from database_servers import MariaServer, Place, mariadb_place, postgres_place
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import BookmarkKeys, DatabaseTable, KeyRange, KeyValue, Login, Moment, Rows
from placekeeper.model.errors import DatabaseFailed
from placekeeper.ports.databases import DatabaseSession
from postgres import PostgresServer

TABLE = DatabaseTable("", "t")
BY_ID = BookmarkKeys(columns=("id",), unique=True)


@pytest.fixture(params=["mysql", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "mysql":
        maria: MariaServer = request.getfixturevalue("mariadb")
        made = mariadb_place(maria)
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        made = postgres_place(server)
    made.run("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, note VARCHAR(2000))")
    made.insert("t", [(number, f"note {number}") for number in range(1, 11)])
    return made


def moment(login: Login) -> Moment:
    with SqlDatabases().at(login).session() as session:
        return session.moment


def test_open_transactions_are_known(place: Place) -> None:
    assert moment(place.login).open == ()
    with closing(place.connected()) as other, closing(other.cursor()) as cursor:
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO t VALUES (11, 'late')")
        found = moment(place.login)
        assert found.knows_open
        (transaction,) = found.open
        assert "placekeeper" in transaction.name
        assert 0 <= found.now_us - transaction.since_us < 60_000_000
        cursor.execute("COMMIT")
    assert moment(place.login).open == ()


def test_readers_of_our_own_are_no_open_transactions(place: Place) -> None:
    database = SqlDatabases().at(place.login)
    with database.session() as session, closing(session.read(Rows(table=TABLE))) as batches:
        next(batches)
        assert moment(place.login).open == ()


def test_who_may_not_see_others_says_so(place: Place) -> None:
    if place.product == "mysql":
        name = place.login.database
        place.run(f"CREATE OR REPLACE USER 'little_{name}'@'127.0.0.1' IDENTIFIED BY 'word'")
        place.run(f"GRANT SELECT ON {name}.* TO 'little_{name}'@'127.0.0.1'")
    else:
        name = place.login.database
        place.run(f"CREATE ROLE little_{name} LOGIN PASSWORD 'word'", f"GRANT SELECT ON t TO little_{name}")
    login = msgspec.structs.replace(place.login, user=f"little_{name}", password="word")
    with closing(place.connected()):
        found = moment(login)
        assert not found.knows_open
        assert "may not see which transactions others have open" in found.unseen
        place.run(found.unseen.partition("To let it: ")[2])
        assert moment(login).knows_open
    assert moment(place.login).unseen == ""


def test_rows_of_transactions_since_one(place: Place) -> None:
    if place.product != "postgresql":
        pytest.skip("only PostgreSQL's rows tell it")
    database = SqlDatabases().at(place.login)
    before = moment(place.login).oldest_xid
    assert before is not None
    place.run("UPDATE t SET note = 'new' WHERE id IN (3, 7)", "CREATE VIEW v AS SELECT * FROM t")
    whole = (KeyRange(),)
    with database.session() as session:
        rows = Rows(table=TABLE, keys=BY_ID, ranges=whole, changed_since=before)
        assert [row for batch in session.read(rows) for row in batch.column("id").to_pylist()] == [3, 7]
        assert session.count(msgspec.structs.replace(rows, changed_since=before + 2**32)) == 2
        assert session.count(msgspec.structs.replace(rows, changed_since=before + 1000)) == 0
        in_view = msgspec.structs.replace(rows, table=DatabaseTable("", "v"))
        assert session.count(in_view) == 10  # a view does not tell it: all rows may be new


def test_a_transaction_open_at_the_moment_has_rows_that_change_since(place: Place) -> None:
    """What could not be seen at a moment is found by the id that the moment tells."""
    if place.product != "postgresql":
        pytest.skip("only PostgreSQL's rows tell it")
    database = SqlDatabases().at(place.login)
    with closing(place.connected()) as other:
        other.execute("BEGIN")
        other.execute("INSERT INTO t VALUES (0, 'early')")
        place.run("INSERT INTO t VALUES (12, 'meanwhile')")
        seen = moment(place.login)
        place.run("INSERT INTO t VALUES (13, 'after')")
        other.execute("COMMIT")
    rows = Rows(table=TABLE, keys=BY_ID, ranges=(KeyRange(),), changed_since=seen.oldest_xid)
    with database.session() as session:
        assert {row for batch in session.read(rows) for row in batch.column("id").to_pylist()} == {0, 12, 13}


def test_a_dropped_connection_is_told_and_may_pass(place: Place) -> None:
    with SqlDatabases().at(place.login).session() as session:
        if place.product == "mysql":
            for number, *_ in place.fetch("SELECT id FROM information_schema.processlist WHERE info IS NULL"):
                place.run(f"KILL {number}")
        else:
            place.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name LIKE 'placekeeper%'"
            )
        with pytest.raises(DatabaseFailed, match="again") as failure:
            session.last_key(TABLE, BY_ID, KeyRange())
    assert failure.value.may_pass
    assert place.login.place in str(failure.value)
    with SqlDatabases().at(place.login).session() as session:
        assert session.last_key(TABLE, BY_ID, KeyRange()) == (KeyValue("int", "10"),)


def _read_to_the_end(session: DatabaseSession, batches: Iterator[pa.RecordBatch]) -> None:
    for _ in batches:
        pass
    session.count(Rows(table=TABLE))  # all rows may have been on their way already


@pytest.mark.parametrize("in_session", [True, False])
def test_a_server_that_restarts_ends_a_read_with_a_sentence(place: Place, in_session: bool) -> None:
    assert place.server is not None
    place.insert("t", [(number, "x" * 1900) for number in range(11, 40_000)])
    database = SqlDatabases().at(place.login)
    server = place.server
    with database.session() as session:
        batches = session.read(Rows(table=TABLE)) if in_session else database.read(Rows(table=TABLE))
        next(batches)
        server.stop()
        try:
            with pytest.raises(DatabaseFailed) as failure:
                _read_to_the_end(session, batches)
            assert failure.value.may_pass, failure.value
            with pytest.raises(DatabaseFailed, match="Check that it runs"), database.session():
                pass
        finally:
            server.start()
    with database.session() as session:
        assert session.count(Rows(table=TABLE)) == 39_999


READERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'placekeeper reading'
"""


def test_streams_of_a_session_share_a_connection(postgres: PostgresServer) -> None:
    place = postgres_place(postgres)
    place.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t SELECT generate_series(1, 5)")
    rows = Rows(table=TABLE, keys=BY_ID)
    with SqlDatabases().at(place.login).session() as session:
        for _ in range(3):
            assert [batch.num_rows for batch in session.read(rows)] == [5]
            place.run("INSERT INTO t SELECT max(id) + 1 FROM t")
            assert place.fetch(READERS) == [(2,)]
        with closing(session.read(rows)) as one, closing(session.read(rows)) as other:  # at the same time
            assert next(one).equals(next(other))
        assert [batch.num_rows for batch in session.read(rows)] == [5]
    attempts = (place.fetch(READERS) for _ in range(1000))  # a server takes its time to see that one has left
    assert any(found == [(0,)] for found in attempts)


def test_who_alters_a_table_of_mysql_waits_for_no_task(mariadb: MariaServer) -> None:
    """The task waits for who alters, and would do so for ever if its own transaction kept the table."""
    place = mariadb_place(mariadb)
    place.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t SELECT seq FROM seq_1_to_3000")
    rows = Rows(table=TABLE, keys=BY_ID, ranges=(KeyRange(),))
    with closing(SqlDatabases().at(place.login).read(rows)) as batches:
        next(batches)
        place.run("SET STATEMENT lock_wait_timeout = 5 FOR ALTER TABLE t ADD z int")


def test_a_session_of_mysql_waits_a_minute_for_a_lock(mariadb: MariaServer) -> None:
    place = mariadb_place(mariadb)
    with SqlDatabases().at(place.login).session() as session:
        query = Rows(query="SELECT @@lock_wait_timeout + 0.0 AS seconds")
        (batch,) = session.read(query)
        assert batch.to_pylist() == [{"seconds": 60}]


def test_a_prepared_transaction_is_open_since_before_its_preparation(place: Place) -> None:
    is_mysql = place.product == "mysql"
    begin, prepare = ("XA START 'p'", "XA PREPARE 'p'") if is_mysql else ("BEGIN", "PREPARE TRANSACTION 'p'")
    with closing(place.connected()) as other, closing(other.cursor()) as cursor:
        cursor.execute(begin)
        cursor.execute("INSERT INTO t VALUES (11, 'late')")
        before = moment(place.login).now_us + 1_000_000  # MySQL's clock of transactions has whole seconds
        if is_mysql:
            cursor.execute("XA END 'p'")
        cursor.execute(prepare)
    try:
        found = moment(place.login)
        assert found.knows_open
        (transaction,) = found.open
        assert "prepared transaction" in transaction.name
        assert transaction.since_us < before
    finally:
        place.run("XA ROLLBACK 'p'" if is_mysql else "ROLLBACK PREPARED 'p'")
    assert moment(place.login).open == ()


def test_who_has_a_transaction_open_is_unknown_where_the_server_does_not_track_it(
    postgres: PostgresServer,
) -> None:
    place = postgres_place(postgres)
    with closing(place.connected()) as other:
        other.execute("SET track_activities = off")
        other.execute("BEGIN")
        assert "SET track_activities = on" in moment(place.login).unseen


def test_rows_that_do_not_tell_who_made_them_are_all_looked_at(postgres: PostgresServer) -> None:
    """Attached partitions and children bring old rows; who may read some columns may not read xmin."""
    place = postgres_place(postgres)
    name = f"little_{place.login.database}"
    place.run(
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child () INHERITS (parent)",
        "CREATE TABLE few (id int PRIMARY KEY, secret text)",
        f"CREATE ROLE {name} LOGIN PASSWORD 'word'",
        f"GRANT SELECT (id) ON few TO {name}",
        "CREATE TABLE part (id int PRIMARY KEY)",
        "INSERT INTO part VALUES (1)",
        "INSERT INTO child VALUES (1)",
        "INSERT INTO few VALUES (1)",
    )
    seen = moment(place.login).oldest_xid
    assert seen is not None
    place.run("ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM (0) TO (9)")

    def found(table: str, login: Login) -> int:
        rows = Rows(
            table=DatabaseTable("", table),
            keys=BY_ID,
            ranges=(KeyRange(),),
            changed_since=seen,
            columns=("id",),
        )
        with SqlDatabases().at(login).session() as session:
            return sum(batch.num_rows for batch in session.read(rows))

    assert (found("parts", place.login), found("parent", place.login)) == (1, 1)
    with SqlDatabases().at(place.login).session() as session:
        shape = session.shape(DatabaseTable("", "parent"))
    assert (shape.primary_key, shape.unique) == ((), ())  # a child's row may have the key of another
    assert found("few", place.login) == 0
    assert found("few", msgspec.structs.replace(place.login, user=name, password="word")) == 1


def test_the_clock_is_told_from_before_and_after_the_moment(place: Place) -> None:
    """A mark is of the time after: who began in between may have a key that comes before the last one."""
    found = moment(place.login)
    assert found.bound_us is not None
    assert found.bound_us < found.now_us < found.bound_us + 60_000_000
