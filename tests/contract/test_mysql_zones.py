"""Times of MySQL are keys in UTC, whatever the zone of the server is in summer."""

import datetime
from collections.abc import Iterator

import pytest

from database_servers import Place, mariadb_missing, mariadb_place, running_mariadb
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import BookmarkKeys, DatabaseTable, KeyRange, KeyValue, Rows


@pytest.fixture(params=["Etc/UTC", "Europe/London"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if missing := mariadb_missing():
        pytest.skip(missing)
    with running_mariadb(zone=request.param) as server:
        yield mariadb_place(server)


def test_a_time_as_key_is_compared_in_utc_by_tasks(place: Place) -> None:
    place.run("CREATE TABLE t (id int PRIMARY KEY, at timestamp(3) NOT NULL, KEY (at))")
    begin = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)
    seconds = [begin.timestamp() + 60 * minute for minute in range(300)]
    values = ", ".join(f"({place_of}, from_unixtime({at}))" for place_of, at in enumerate(seconds))
    place.run(f"INSERT INTO t VALUES {values}")
    keys = BookmarkKeys(columns=("at",))
    within = KeyRange(
        after=(KeyValue("timestamptz", "2026-07-01T01:00:00.000000Z"),),
        upto=(KeyValue("timestamptz", "2026-07-01T02:00:00.000000Z"),),
    )
    rows = Rows(table=DatabaseTable("", "t"), keys=keys, ranges=(within,))
    database = SqlDatabases().at(place.login)
    found = [id for batch in database.read(rows) for id in batch.column("id").to_pylist()]
    assert sorted(found) == list(range(61, 121))
