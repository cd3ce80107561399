"""Times as keys: those in the future by one of two zones, and PostgreSQL's infinity."""

import pytest

from database_servers import MariaServer, Place, mariadb_place, postgres_place
from key_runs import Runs
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import DatabaseTable
from placekeeper.model.errors import NoBookmarkKey
from postgres import PostgresServer

NOW = "UTC_TIMESTAMP(6)"


def runs_of(place: Place, *, descending: bool = False) -> Runs:
    return Runs(SqlDatabases().at(place.login), DatabaseTable("", "t"), keys=("at",), descending=descending)


def notes_of(runs: Runs) -> list[str]:
    return sorted(row["note"] for row in runs.run())


def test_a_time_ahead_by_less_than_the_zone_hides_no_row(mariadb: MariaServer) -> None:
    """The server's zone is two hours ahead of UTC, in which these rows are written."""
    place = mariadb_place(mariadb)
    place.run("CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, at datetime(6), note text, INDEX (at))")
    place.run(
        f"INSERT INTO t (at, note) VALUES ({NOW} - INTERVAL 2 DAY, 'old'), ({NOW} + INTERVAL 1 HOUR, 'ahead')"
    )
    runs = runs_of(place)
    assert notes_of(runs) == ["ahead", "old"]
    place.run(f"INSERT INTO t (at, note) VALUES ({NOW}, 'one')")
    assert notes_of(runs) == ["one"]
    place.run(f"INSERT INTO t (at, note) VALUES ({NOW}, 'two')")
    assert notes_of(runs) == ["two"]
    assert notes_of(runs) == []


KINDS = ["date", "timestamp", "timestamptz"]


@pytest.fixture(params=KINDS)
def timed(request: pytest.FixtureRequest, postgres: PostgresServer) -> Place:
    place = postgres_place(postgres)
    place.run(
        f"CREATE TABLE t (at {request.param} PRIMARY KEY, note text)",
        "INSERT INTO t VALUES ('2024-01-01', 'a'), ('2024-01-02', 'b')",
    )
    return place


@pytest.mark.parametrize(
    ("value", "descending"), [("infinity", False), ("-infinity", False), ("infinity", True)]
)
def test_infinity_that_comes_later_is_said_and_stops_no_run(
    timed: Place, value: str, descending: bool
) -> None:
    runs = runs_of(timed, descending=descending)
    assert notes_of(runs) == ["a", "b"]
    timed.run(f"INSERT INTO t VALUES ('{value}', 'odd')")
    for _ in range(2):
        assert notes_of(runs) == []
        (note,) = runs.notes
        assert f"1 row with at = '{value}'" in note
        assert "is read by no run" in note
    timed.run("INSERT INTO t VALUES ('2024-01-03', 'c')" if not descending else "SELECT 1")
    assert notes_of(runs) == ([] if descending else ["c"])


@pytest.mark.parametrize(
    ("value", "descending"), [("-infinity", False), ("infinity", True), ("-infinity", True)]
)
def test_infinity_that_would_be_read_is_refused(timed: Place, value: str, descending: bool) -> None:
    timed.run(f"INSERT INTO t VALUES ('{value}', 'odd')")
    runs = runs_of(timed, descending=descending)
    with pytest.raises(NoBookmarkKey, match=f"1 row with at = '{value}', .* cannot be read"):
        runs.run()
    timed.run(f"DELETE FROM t WHERE at = '{value}'")
    assert notes_of(runs) == ["a", "b"]


def test_infinity_after_all_is_no_end_of_a_first_run(timed: Place) -> None:
    timed.run("INSERT INTO t VALUES ('infinity', 'odd')")
    runs = runs_of(timed)
    assert notes_of(runs) == ["a", "b"]
    assert "is read by no run" in runs.notes[0]
