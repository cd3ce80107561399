"""Types of each product in Arrow: as Spark's JDBC reader maps them, each value exactly or not at all."""

import datetime
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from database_servers import MariaServer, Place, mariadb_place, postgres_place, sqlite_place
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import BookmarkKeys, DatabaseTable, KeyRange, Rows
from placekeeper.model.errors import DatabaseFailed, PlacekeeperError, UnsupportedFeature
from postgres import PostgresServer

TABLE = DatabaseTable("", "t")
INSTANT = pa.timestamp("us", tz="UTC")
D = Decimal

POSTGRES: dict[str, tuple[pa.DataType, dict[str, Any]]] = {
    "smallint": (pa.int16(), {"-32768": -32768}),
    "integer": (pa.int32(), {"2147483647": 2**31 - 1}),
    "bigint": (pa.int64(), {"-9223372036854775808": -(2**63)}),
    "real": (pa.float32(), {"0.1": pa.scalar(0.1, pa.float32()).as_py(), "'inf'": float("inf")}),
    "double precision": (pa.float64(), {"0.1": 0.1, "1e308": 1e308}),
    "numeric(12,2)": (pa.decimal128(12, 2), {"9999999999.99": D("9999999999.99"), "-0.01": D("-0.01")}),
    "numeric(38,10)": (pa.decimal128(38, 10), {"1e27": D("1e27"), "1e-10": D("1e-10")}),
    "numeric": (
        pa.decimal128(38, 18),
        {"0.000000000000000001": D("1e-18"), "12345678901234567890": D(12345678901234567890)},
    ),
    "numeric(5,0)": (pa.decimal128(5, 0), {"12345": D(12345)}),
    "numeric(3,-2)": (pa.decimal128(5, 0), {"12345": D(12300)}),
    "boolean": (pa.bool_(), {"true": True, "false": False}),
    "bit(1)": (pa.bool_(), {"B'1'": True, "B'0'": False}),
    "bit varying(5)": (pa.string(), {"B'101'": "101"}),
    "text": (pa.string(), {"'ö🙂'": "ö🙂", "''": ""}),
    "varchar(9)": (pa.string(), {"'a  '": "a  "}),
    "char(5)": (pa.string(), {"'ab'": "ab   "}),
    "name": (pa.string(), {"'ab'": "ab"}),
    "uuid": (pa.string(), {"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}),
    "json": (pa.string(), {"'{\"a\":  1}'": '{"a":  1}'}),
    "jsonb": (pa.string(), {"'{\"a\":  1}'": '{"a": 1}'}),
    "xml": (pa.string(), {}),
    "inet": (pa.string(), {"'10.0.0.1/8'": "10.0.0.1/8"}),
    "money": (pa.string(), {"'1234.5'": "$1,234.50"}),
    "interval": (pa.string(), {"'1 day 2 hours'": "1 day 02:00:00"}),
    "mood": (pa.string(), {"'sad'": "sad"}),
    "short_text": (pa.string(), {"'x'": "x"}),
    "bytea": (pa.binary(), {"'\\x00ff'": b"\x00\xff"}),
    "date": (
        pa.date32(),
        {"'2024-02-29'": datetime.date(2024, 2, 29), "'0001-01-01'": datetime.date(1, 1, 1)},
    ),
    "time": (INSTANT, {"'12:34:56.789'": datetime.datetime(1970, 1, 1, 12, 34, 56, 789000, datetime.UTC)}),
    "timestamp": (
        INSTANT,
        {"'2024-02-29 12:00:00.000001'": datetime.datetime(2024, 2, 29, 12, 0, 0, 1, datetime.UTC)},
    ),
    "timestamptz": (
        INSTANT,
        {"'2024-02-29 12:00:00+02'": datetime.datetime(2024, 2, 29, 10, tzinfo=datetime.UTC)},
    ),
    "integer[]": (pa.list_(pa.int32()), {"'{1,null,3}'": [1, None, 3], "'{}'": []}),
    "text[]": (pa.list_(pa.string()), {"'{a,\"b,c\"}'": ["a", "b,c"]}),
    "numeric(6,2)[]": (pa.list_(pa.decimal128(6, 2)), {"'{1.5,2}'": [D("1.50"), D("2.00")]}),
}
MARIADB: dict[str, tuple[pa.DataType, dict[str, Any]]] = {
    "tinyint": (pa.int8(), {"-128": -128}),
    "tinyint unsigned": (pa.int16(), {"255": 255}),
    "boolean": (pa.bool_(), {"true": True, "0": False}),
    "smallint": (pa.int16(), {"-32768": -32768}),
    "smallint unsigned": (pa.int32(), {"65535": 65535}),
    "mediumint": (pa.int32(), {"-8388608": -8388608}),
    "int": (pa.int32(), {"2147483647": 2**31 - 1}),
    "int unsigned": (pa.int64(), {"4294967295": 2**32 - 1}),
    "bigint": (pa.int64(), {"-9223372036854775808": -(2**63)}),
    "bigint unsigned": (pa.decimal128(20, 0), {"18446744073709551615": D(2**64 - 1)}),
    "decimal(12,2)": (pa.decimal128(12, 2), {"9999999999.99": D("9999999999.99")}),
    "decimal(38,10)": (
        pa.decimal128(38, 10),
        {"1234567890123456789012345678.0000000001": D("1234567890123456789012345678.0000000001")},
    ),
    "decimal(60,2)": (pa.decimal128(38, 2), {"1.25": D("1.25")}),
    "float": (pa.float32(), {"16777217": 16777216.0, "0.1": pa.scalar(0.1, pa.float32()).as_py()}),
    "double": (pa.float64(), {"0.1": 0.1, "1e308": 1e308, "1.0000000000000002": 1.0000000000000002}),
    "bit(1)": (pa.bool_(), {"b'1'": True, "b'0'": False}),
    "bit(33)": (pa.int64(), {"b'100000000000000000000000000000001'": 2**32 + 1}),
    "char(5)": (pa.string(), {"'ab'": "ab"}),
    "varchar(9)": (pa.string(), {"'ö🙂 '": "ö🙂 ", "''": ""}),
    "text": (pa.string(), {"'a\\nb'": "a\nb"}),
    "enum('a','b')": (pa.string(), {"'b'": "b"}),
    "set('a','b')": (pa.string(), {"'a,b'": "a,b"}),
    "json": (pa.string(), {"'{\"a\":  1}'": '{"a":  1}'}),
    "uuid": (pa.string(), {"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}),
    "binary(3)": (pa.binary(), {"x'00ff'": b"\x00\xff\x00"}),
    "varbinary(9)": (pa.binary(), {"x'00ff'": b"\x00\xff", "''": b""}),
    "blob": (pa.binary(), {"x'00ff'": b"\x00\xff"}),
    "date": (
        pa.date32(),
        {"'2024-02-29'": datetime.date(2024, 2, 29), "'1000-01-01'": datetime.date(1000, 1, 1)},
    ),
    "datetime(6)": (
        INSTANT,
        {"'2024-02-29 12:00:00.000001'": datetime.datetime(2024, 2, 29, 12, 0, 0, 1, datetime.UTC)},
    ),
    "datetime": (
        INSTANT,
        {"'9999-12-31 23:59:59'": datetime.datetime(9999, 12, 31, 23, 59, 59, 0, datetime.UTC)},
    ),
    "timestamp(3) null": (
        INSTANT,
        {"'2024-02-29 12:00:00.5'": datetime.datetime(2024, 2, 29, 10, 0, 0, 500000, datetime.UTC)},
    ),
    "time(1)": (INSTANT, {"'12:34:56.7'": datetime.datetime(1970, 1, 1, 12, 34, 56, 700000, datetime.UTC)}),
    "year": (pa.date32(), {"2024": datetime.date(2024, 1, 1)}),
    "year(2)": (pa.date32(), {"69": datetime.date(2069, 1, 1), "70": datetime.date(1970, 1, 1)}),
}
SQLITE: dict[str, tuple[pa.DataType, dict[str, Any]]] = {
    "INTEGER": (pa.int64(), {"-9223372036854775808": -(2**63)}),
    "REAL": (pa.float64(), {"0.1": 0.1, "3": 3.0}),
    "DECIMAL(10,2)": (pa.decimal128(10, 2), {"0.25": D("0.25"), "7": D(7)}),
    "BOOLEAN": (pa.bool_(), {"1": True, "0": False}),
    "TEXT": (pa.string(), {"'ö🙂'": "ö🙂"}),
    "VARCHAR(9)": (pa.string(), {"'a'": "a"}),
    "DATETIME": (pa.string(), {"'2024-02-29 12:00:00'": "2024-02-29 12:00:00"}),
    "BLOB": (pa.binary(), {"x'00ff'": b"\x00\xff"}),
}
TYPES = {"mysql": MARIADB, "postgresql": POSTGRES, "sqlite": SQLITE}
REFUSED = {
    "postgresql": {
        "date": "'infinity'",
        "date[]": "'{2024-02-29,infinity}'",
        "time": "'24:00'",
        "timestamptz": "'-infinity'",
        "timestamp": "'infinity'",
        "numeric": "'NaN'",
        "numeric(38,2)": "'NaN'",
        "numeric(60,0)": "1e50",
    },
    "mysql": {
        "date": "'0000-00-00'",
        "datetime": "'2024-00-01 00:00:00'",
        "time": "'30:00:00'",
        "year": "0",
        "decimal(60,0)": "1e50",
        "decimal(40,38)": "10",
    },
    "sqlite": {
        "INTEGER": "'x'",
        "TEXT": "x'00'",
        "BOOLEAN": "7",
        "DECIMAL(5,2)": "0.125",
        "DECIMAL(5,1)": "'x'",
        "REAL": "'x'",
    },
}
UNKNOWN = {
    "postgresql": ["bit(7)", "timetz", "pair", "shorter", "mood[]", "timestamp[]", "int4multirange"],
    "mysql": ["geometry", "point"],
}


@pytest.fixture(params=sorted(TYPES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    match request.param:
        case "mysql":
            maria: MariaServer = request.getfixturevalue("mariadb")
            return mariadb_place(maria)
        case "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            made = postgres_place(server)
            made.run("CREATE TYPE mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN short_text AS varchar(9)")
            return made
    return sqlite_place(tmp_path)


def rows_of(place: Place, rows: Rows, *, in_session: bool) -> pa.Table:
    database = SqlDatabases().at(place.login)
    with database.session() as session:
        schema = session.schema(rows)
        batches = list(session.read(rows)) if in_session else list(database.read(rows))
    return pa.Table.from_batches(batches, schema)


@pytest.mark.parametrize("in_session", [True, False])
def test_each_type_has_its_values(place: Place, in_session: bool) -> None:
    """Both ways to read, and those of a query, give what the table says."""
    types = TYPES[place.product]
    names = [f"c{position}" for position in range(len(types))]
    spelled = ", ".join(f"{name} {type}" for name, type in zip(names, types, strict=True))
    null = "" if place.product != "mysql" else "SET SESSION explicit_defaults_for_timestamp = ON"
    place.run(*([null] if null else []), f"CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, {spelled})")
    most = max(len(values) for _, values in types.values())
    for position in range(most + 1):
        given = [[*values, *["NULL"] * (most + 1)][position] for _, values in types.values()]
        place.run(f"INSERT INTO t VALUES ({position}, {', '.join(given)})")
    for rows in (Rows(table=TABLE), Rows(query="SELECT * FROM t")):
        found = rows_of(place, rows, in_session=in_session)
        for name, (type, (arrow, values)) in zip(names, types.items(), strict=True):
            column = found.column(name)
            if rows.query and type in ("numeric(3,-2)", "xml"):
                continue
            assert column.type == arrow, (type, rows)
            wanted = [*values.values(), *[None] * (most + 1 - len(values))]
            assert sorted(column.to_pylist(), key=repr) == sorted(wanted, key=repr), (type, rows)


@pytest.mark.parametrize("in_session", [True, False])
def test_values_that_do_not_fit_are_refused_by_the_name_of_their_column(
    place: Place, in_session: bool
) -> None:
    for position, (type, value) in enumerate(REFUSED[place.product].items()):
        name = f"t{position}"
        place.run(f"CREATE TABLE {name} (id INTEGER NOT NULL PRIMARY KEY, fine {type}, odd {type})")
        statement = f"INSERT INTO {name} (id, odd) VALUES (1, {value})"
        if place.product == "mysql":
            statement = f"SET STATEMENT sql_mode='' FOR {statement}"
        place.run(statement)
        with pytest.raises(DatabaseFailed, match=r"column odd .* cannot hold.*query") as raised:
            rows_of(place, Rows(table=DatabaseTable("", name)), in_session=in_session)
        assert "<class" not in str(raised.value)


def test_types_without_a_place_in_arrow_are_refused(place: Place) -> None:
    if place.product == "sqlite":
        pytest.skip("SQLite has no such type")
    if place.product == "postgresql":
        place.run("CREATE TYPE pair AS (a int, b text)", "CREATE DOMAIN shorter AS short_text")
    for number, type in enumerate(UNKNOWN[place.product]):
        table = DatabaseTable("", f"t{number}")
        place.run(f"CREATE TABLE {table.name} (id INTEGER, odd {type})")
        with pytest.raises(UnsupportedFeature, match=r"column odd has the type .*query"):
            rows_of(place, Rows(table=table), in_session=True)
        assert rows_of(place, Rows(table=table, columns=("id",)), in_session=True).num_rows == 0


KEYS = {
    "postgresql": {
        "smallint": ["-3", "7"],
        "bigint": ["1", "9223372036854775806"],
        "numeric(20,5)": ["0.00001", "3.5", "20"],
        "numeric": ["9", "10", "1e-30"],
        "real": ["0.1", "0.2", "16777216"],
        "double precision": ["0.1", "1e300"],
        "text": ["''", "'a'", "'b'"],
        "char(5)": ["'a'", "'b'"],
        "varchar(7)": ["'a'", "'a '"],
        "uuid": [f"'{uuid.UUID(int=1)}'", f"'{uuid.UUID(int=2**127)}'"],
        "bytea": ["'\\x00'", "'\\xff00'"],
        "date": ["'0001-01-01'", "'2024-02-29'"],
        "timestamp": ["'2024-01-01 00:00:00.000001'", "'2024-01-01 00:00:00.000002'"],
        "timestamptz": ["'2024-01-01 00:00:00.000001+14'", "'2024-01-01 00:00:00-12'"],
        "short_text": ["'a'", "'b'"],
        "numeric(3,0)": ["5", "10", "100"],
    },
    "mysql": {
        "tinyint": ["-3", "7"],
        "bigint unsigned": ["1", "18446744073709551615"],
        "decimal(20,5)": ["0.00001", "3.5", "20"],
        "float": ["0.1", "0.2", "16777216"],
        "double": ["0.1", "1e300"],
        "varchar(7)": ["'a'", "'b'"],
        "char(7)": ["'a'", "'b'"],
        "varbinary(7)": ["x'00'", "x'ff00'"],
        "date": ["'1000-01-01'", "'2024-02-29'"],
        "year": ["2001", "2024"],
        "datetime(6)": ["'2024-01-01 00:00:00.000001'", "'2024-01-01 00:00:00.000002'"],
        "timestamp(6)": ["'2024-01-01 00:00:00.000001'", "'2024-01-01 00:00:00.000002'"],
        "decimal(3,0)": ["5", "10", "100"],
    },
    "sqlite": {
        "INTEGER": ["-3", "7", "10"],
        "REAL": ["0.1", "0.2", "1e300"],
        "TEXT": ["''", "'a'", "'b'"],
        "BLOB": ["x'00'", "x'ff00'"],
    },
}


def test_keys_of_each_type_find_their_row_again(place: Place) -> None:
    """A key goes out as text and comes back as the value that is compared: no row twice, none lost."""
    database = SqlDatabases().at(place.login)
    for position, (type, values) in enumerate(KEYS[place.product].items()):
        table = DatabaseTable("", f"k{position}")
        place.run(f"CREATE TABLE {table.name} (k {type}, n INTEGER)")
        for number, value in enumerate(values):
            place.run(f"INSERT INTO {table.name} VALUES ({value}, {number})")
    with database.session() as session:
        for position, (type, values) in enumerate(KEYS[place.product].items()):
            table, keys, order = DatabaseTable("", f"k{position}"), BookmarkKeys(columns=("k",)), []
            last = session.first_key(table, keys, KeyRange())
            while last is not None:
                order.append(last)
                assert session.last_key(table, keys, KeyRange(upto=last)) == last, type
                assert session.count(Rows(table=table, keys=keys, ranges=(KeyRange(upto=last),))) == len(
                    order
                )
                last = session.first_key(table, keys, KeyRange(after=last))
            assert len(order) == len(set(order)) == len(values), (type, order)


def test_a_key_without_a_place_in_an_order_is_told(place: Place) -> None:
    if place.product != "postgresql":
        pytest.skip("only PostgreSQL has such values")
    place.run("CREATE TABLE k (k numeric)", "INSERT INTO k VALUES ('NaN')")
    with SqlDatabases().at(place.login).session() as session, pytest.raises(PlacekeeperError):
        session.last_key(DatabaseTable("", "k"), BookmarkKeys(columns=("k",)), KeyRange())
