"""Redshift, whose views and functions a PostgreSQL has here: what is sent, and what comes of it."""

import dataclasses
import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from database_servers import Place, postgres_place
from database_writes import left_staged, publisher, written
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import (
    BookmarkKeys,
    DatabaseTable,
    KeyRange,
    KeyValue,
    Partitioning,
    Rows,
)
from placekeeper.model.errors import (
    DatabaseFailed,
    TableNotThere,
    UnsupportedFeature,
    UsageError,
    ValueUnwritable,
)
from placekeeper.ports.databases import Database

ORDERS = DatabaseTable("public", "Orders")
BY_TIME = BookmarkKeys(columns=("at", "id"))
LIKE_REDSHIFT = (
    "CREATE VIEW svv_tables AS SELECT * FROM information_schema.tables",
    "CREATE VIEW svv_columns AS SELECT * FROM information_schema.columns",
    "CREATE FUNCTION getdate() RETURNS timestamp AS 'SELECT localtimestamp(0)' LANGUAGE sql",
    "CREATE FUNCTION fnv_hash(text) RETURNS bigint AS 'SELECT hashtextextended($1, 0)' LANGUAGE sql",
)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Place:
    place = postgres_place(request.getfixturevalue("postgres"))
    place.run(
        *LIKE_REDSHIFT,
        'CREATE TABLE "Orders" (id bigint NOT NULL PRIMARY KEY, at timestamp NOT NULL, seen timestamptz, '
        "price numeric(10, 2), note varchar(20), is_new boolean, day date)",
        """INSERT INTO "Orders" SELECT number, timestamp '2024-01-01' + number * interval '1 hour',
        timestamptz '2024-01-01 00:00:00+02', number + 0.25,
        CASE WHEN number % 3 > 0 THEN 'n:%' || number END, true, '2024-02-29'
        FROM generate_series(1, 25000) number""",
        "CREATE TABLE shapes (id bigint, area point)",
    )
    return place


@pytest.fixture
def database(place: Place) -> Database:
    return SqlDatabases().at(msgspec.structs.replace(place.login, product="redshift"))


def _ids(batches: Any) -> list[int]:
    return [value for batch in batches for value in batch.column("id").to_pylist()]


def test_keys_of_a_table_are_no_keys_because_nobody_keeps_them(database: Database) -> None:
    with database.session() as session:
        shape = session.shape(DatabaseTable("PUBLIC", "orders"))
        assert (shape.table, shape.primary_key, shape.unique) == (ORDERS, (), ())
        assert [one.key_type for one in shape.columns] == [
            *("int", "timestamp", "timestamptz", "decimal", "text", None, "date")
        ]
        assert [one.sql_type for one in shape.columns][3:5] == ["numeric(10,2)", "character varying(20)"]
        with pytest.raises(TableNotThere, match=r"Did you mean public\.Orders"):
            session.shape(DatabaseTable("", "orderz"))
        assert ORDERS in [one.table for one in session.tables()]
        assert session.moment.snapshot is None
        assert not session.moment.knows_open
        with pytest.raises(UnsupportedFeature, match="area has the type point"):
            session.schema(Rows(table=DatabaseTable("", "shapes")))


def test_rows_after_a_key_come_with_their_types(database: Database) -> None:
    with database.session() as session:
        last = session.last_key(ORDERS, BY_TIME, KeyRange())
        assert last is not None
        assert last[1] == KeyValue("int", "25000")
        after = (KeyValue("timestamp", "2024-01-02T00:00:00"), KeyValue("int", "24"))
        rows = Rows(table=ORDERS, keys=BY_TIME, ranges=(KeyRange(after=after, upto=last),))
        assert session.count(rows) == 24_976
        first, *_others = session.read(rows)
        assert first.slice(0, 1).to_pylist() == [
            {
                "id": 25,
                "at": datetime.datetime(2024, 1, 2, 1, tzinfo=datetime.UTC),
                "seen": datetime.datetime(2023, 12, 31, 22, tzinfo=datetime.UTC),
                "price": Decimal("25.25"),
                "note": "n:%25",
                "is_new": True,
                "day": datetime.date(2024, 2, 29),
            }
        ]
        assert sorted(_ids(session.read(rows))) == list(range(25, 25_001))
        query = Rows(query="SELECT id, price FROM \"Orders\" WHERE note LIKE 'n:%1'")
        assert str(session.schema(query).field("price").type) == "decimal128(10, 2)"
        assert _ids(session.read(query))[:3] == [1, 11, 31]


@pytest.mark.parametrize(
    "by", [Partitioning(column="NOTE", parts=3), Partitioning(expression="id % 5", parts=5)], ids=str
)
def test_parts_have_each_row_once(database: Database, by: Partitioning) -> None:
    rows = Rows(table=ORDERS)
    with database.session() as session:
        parts = session.cut(rows, by)
    found = [_ids(database.read(msgspec.structs.replace(rows, part=part))) for part in parts]
    assert sorted(value for part in found for value in part) == list(range(1, 25_001))
    assert all(found)


def test_what_is_wrong_is_a_sentence(database: Database) -> None:
    with database.session() as session, pytest.raises(DatabaseFailed, match="redshift"):
        session.schema(Rows(query="SELEKT 1"))


def test_rows_are_written_and_published_once(place: Place) -> None:
    login = msgspec.structs.replace(place.login, product="redshift")
    redshift = dataclasses.replace(place, login=login)
    place.run("CREATE TABLE rows_of (id bigint NOT NULL, name varchar(5), price numeric(5, 2))")
    rows = pa.table({"ID": [1, 2], "name": ["a", "b"], "price": [Decimal("1.50"), None]})
    effect = written(redshift, rows)
    publisher().publish(effect)
    written(redshift, pa.table({"id": [3], "day": [datetime.date(2024, 2, 29)]}), "new_rows")
    assert place.fetch("SELECT id, name, price FROM rows_of ORDER BY id") == [
        *((1, "a", Decimal("1.50")), (2, "b", None))
    ]
    assert place.fetch("SELECT id, day FROM new_rows") == [(3, datetime.date(2024, 2, 29))]
    with pytest.raises(ValueUnwritable, match="name"):
        written(redshift, pa.table({"id": [1], "name": ["too long"]}))
    with pytest.raises(UsageError, match=r"no column nam.*name"):
        written(redshift, pa.table({"id": [1], "nam": ["a"]}))
    assert left_staged(place) == []
