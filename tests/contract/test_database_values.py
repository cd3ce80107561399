"""Values of rare types against the server's own word for them: each comes as it is, or is refused by name.

Each value is read by the run's own session and by the connection of a task: drivers differ in these.
"""

import datetime
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.types as pat
import pytest
from msgspec.structs import replace

from database_servers import MariaServer, Place, mariadb_place, postgres_place, sqlite_place
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import DatabaseTable, Login, Part, Rows
from placekeeper.model.errors import DatabaseFailed, UsageError
from postgres import PostgresServer

TABLE = DatabaseTable("", "t")
Held = Sequence[str]
Refused = Sequence[str]

POSTGRES: dict[str, tuple[Held, Refused]] = {
    '"char"': (["'a'", "''"], []),
    "dnum": (["1.5"], ["'NaN'"]),
    "dtext": (["'a'"], []),
    "darray": (["'{1,2}'", "'[5:6]={1,2}'"], ["'{{1,2},{3,4}}'"]),
    "interval day to second(3)": (["'3 days 04:05:06.789'", "'-1 day'"], []),
    "interval": (["'14 months'", "'1 day -00:00:01'"], []),
    "int4range": (["'[1,5)'", "'empty'"], []),
    "tstzrange": (["'[2020-01-01,)'"], []),
    "mood": (["'sad'"], []),
    "bit(1)": (["B'1'", "B'0'"], []),
    "bit varying(5)": (["B'101'", "B''"], []),
    "money": (["-1234567.891"], []),
    "inet": (["'::1'", "'10.0.0.1/8'", "'10.0.0.1'"], []),
    "cidr": (["'10.0.0.0/8'", "'::1'"], []),
    "macaddr": (["'08:00:2b:01:02:03'"], []),
    "jsonb": (['\'{"a": 1e40, "b": [null]}\''], []),
    "tsvector": (["'a fat:3 cat'"], []),
    "oid": (["4294967295", "0"], []),
    "name": (["'abc'"], []),
    "numeric": (
        ["1e19", "0.1", "12345678901234567890.123456789012345678"],
        ["'NaN'", "'Infinity'", "'-Infinity'", "1e38", "1.0000000000000000001"],
    ),
    "numeric(50,2)": (["123.45", "-1e35"], ["1e45"]),
    "date": (["'0044-03-15 BC'", "'4713-01-01 BC'", "'5874897-12-31'"], ["'infinity'", "'-infinity'"]),
    "timestamp": (
        ["'0044-03-15 12:00 BC'", "'10000-01-01 1:2:3.456'", "'294246-12-31 23:59:59.999999'"],
        ["'infinity'", "'-infinity'", "'294276-12-31'"],
    ),
    "timestamptz": (["'0044-03-15 12:00+00 BC'", "'10000-01-01 1:2:3.456+02'"], ["'infinity'"]),
    "time": (["'23:59:59.999999'"], ["'24:00'"]),
    "real": (["'NaN'", "'-Infinity'", "1e-40"], []),
    "float8": (["'NaN'", "'Infinity'", "5e-324", "-0.0"], []),
    "bytea": (["'\\x00ff'"], []),
    "int[]": (
        ["'{1,2}'", "'[0:1]={7,8}'", "'[5:5]={7}'", "'{}'", "'{NULL}'"],
        ["'{{1,2},{3,4}}'", "'{{{1}}}'", "'[2:3][1:2]={{1,2},{3,4}}'"],
    ),
    "text[]": (['\'{a,NULL,"NULL",""}\'', "'[5:5]={x}'"], ["'{{a,b}}'"]),
    "numeric(6,2)[]": (["'{1.5,NULL}'", "'[0:0]={1}'"], ["'{{1.5,2}}'", "'{NaN}'"]),
    "date[]": (["'{2020-01-01}'"], ["'{infinity}'", "'{{2020-01-01}}'"]),
}
MARIADB: dict[str, tuple[Held, Refused]] = {
    "bigint unsigned": (["18446744073709551615"], []),
    "decimal(65,30)": (["12345678.123456789012345678901234567890"], ["123456789.5", "1e34"]),
    "decimal(20,10) unsigned zerofill": (["1.5"], []),
    "bit(1)": (["b'1'", "b'0'"], []),
    "bit(63)": (["(1<<62)+1"], []),
    "bit(64)": (["5"], ["1<<63", "18446744073709551615"]),
    "boolean": (["0", "1"], ["2", "-1", "-2", "127"]),
    "tinyint(1) unsigned": (["0", "2"], []),
    "int(5) zerofill": (["42"], []),
    "year": (["2024", "1901", "2155"], ["0"]),
    "time": (["'23:59:59'"], ["'838:59:59'", "'-01:00:00'", "'24:00:00'"]),
    "time(6)": (["'23:59:59.999999'"], ["'-00:00:00.5'"]),
    "date": (["'0001-01-01'", "'9999-12-31'"], ["'0000-00-00'", "'2024-00-00'"]),
    "datetime(6)": (["'9999-12-31 23:59:59.999999'"], ["'0000-00-00'", "'2024-00-10'"]),
    "timestamp(6) null": (["'2020-01-01 01:02:03.456789'", "'2038-01-19 03:14:07'"], ["'0000-00-00'"]),
    "timestamp null": (["'2024-10-27 02:30:00'"], []),
    "enum('a','b','')": (["'a'", "''"], []),
    "set('a','b')": (["'b,a'", "''"], []),
    "json": (["'{\"a\":  1e400}'"], []),
    "varchar(9) character set latin1": (["'ö€ÿ'"], []),
    "text character set koi8r": (["'ж'"], []),
    "varchar(9) character set utf8mb4": (["'🙂'", "'a\\0b'"], []),
    "char(4) character set binary": (["'a'"], []),
    "longblob": (["x'00ff'", "''"], []),
    "inet6": (["'::1'"], []),
    "float": (["1e38", "1e-40", "16777217"], []),
    "double(10,2)": (["1.25"], []),
}
SQLITE: dict[str, tuple[Held, Refused]] = {
    "INTEGER": (["9223372036854775807", "'12'", "2.0"], ["1.5", "'x'", "x'3132'", "9223372036854775808"]),
    "UNSIGNED BIG INT": (["5"], ["1.5"]),
    "int(11)": (["5"], ["1.5"]),
    "REAL": (["5", "1e999"], ["'x'", "x'00'"]),
    "DECIMAL(10,2)": (["0.1", "7"], ["'1.005'", "x'31'", "1e300", "'x'", "0.30000000000000004"]),
    "DATE": (["'2020-01-01'"], ["2459000.5", "1577836800"]),
    "TEXT": (["'a'||char(0)||'b'"], ["x'00'", "CAST(x'6100ff' AS TEXT)"]),
    "BLOB": (["x'00'"], ["'text'", "5", "1.5"]),
    "BOOLEAN": (["1", "0"], ["2", "'true'", "x'01'"]),
}
VALUES = {"mysql": MARIADB, "postgresql": POSTGRES, "sqlite": SQLITE}
_TYPES = (
    *("CREATE TYPE mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN dnum AS numeric(8, 3)"),
    *("CREATE DOMAIN darray AS int[]", "CREATE DOMAIN dtext AS text"),
)


@pytest.fixture(params=sorted(VALUES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A database with one table, whose columns have the types, and whose rows have their values."""
    if request.param == "mysql":
        server: MariaServer = request.getfixturevalue("mariadb")
        made = mariadb_place(server)
    elif request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres")
        made = postgres_place(postgres)
        made.run(*_TYPES)
    else:
        made = sqlite_place(tmp_path)
    types = VALUES[request.param]
    columns = ", ".join(f"c{place} {type}" for place, type in enumerate(types))
    made.run(f"CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, {columns})")
    for row, values in enumerate(rows_of(types)):
        lenient = "SET STATEMENT sql_mode='' FOR " if request.param == "mysql" else ""
        made.run(f"{lenient}INSERT INTO t VALUES ({row}, {', '.join(values)})")
    return made


def rows_of(types: dict[str, tuple[Held, Refused]]) -> list[list[str]]:
    most = max(len(held) + len(refused) for held, refused in types.values())
    return [
        [([*held, *refused][row : row + 1] or ["NULL"])[0] for held, refused in types.values()]
        for row in range(most)
    ]


Read = Callable[[Rows], pa.ChunkedArray]


@contextmanager
def reading(login: Login, *, in_session: bool) -> Iterator[Read]:
    """What reads rows, and gives their last column."""
    database = SqlDatabases().at(login)
    with database.session() as session:

        def read(rows: Rows) -> pa.ChunkedArray:
            batches = list(session.read(rows) if in_session else database.read(rows))
            return pa.chunked_array([batch.column(batch.num_columns - 1) for batch in batches])

        yield read


@pytest.mark.parametrize("in_session", [True, False])
def test_each_value_is_the_server_s_or_is_refused_by_name(place: Place, in_session: bool) -> None:
    """Also where nobody has asked for the key of the row."""
    with reading(place.login, in_session=in_session) as read:
        for column, (type, (held, refused)) in enumerate(VALUES[place.product].items()):
            name = f"c{column}"
            part = Part(condition=f"id < {len(held)}")
            query = Rows(query=f"SELECT id, {name} FROM t WHERE {part.condition} ORDER BY id")
            table = Rows(table=TABLE, columns=("id", name), part=part)
            for rows in (table, query) if in_session else (table,):
                found = read(rows)
                wanted = told(place, name, type, found.type, len(held))
                assert [canonical(value) for value in found] == wanted, (type, rows)
            for row in range(len(held), len(held) + len(refused)):
                part = Part(condition=f"id = {row}")
                said = rf"column {name} .*cannot hold: .*\(row id={row}\)\. "
                with pytest.raises(DatabaseFailed, match=said):
                    read(Rows(table=TABLE, columns=(name,), part=part))


def canonical(value: Any) -> Any:
    """A value of Arrow as `told` has it."""
    if not value.is_valid:
        return None
    if pat.is_temporal(value.type):
        return value.value
    if pat.is_boolean(value.type):
        return int(value.as_py())
    if pat.is_floating(value.type):
        return repr(value.as_py())
    return value.as_py()


def told(place: Place, name: str, type: str, arrow: pa.DataType, rows: int) -> list[Any]:
    """What the server says, in its own words."""
    expression, parse = TOLD[place.product](type, arrow)
    found = place.fetch(f"SELECT {expression.format(c=name)} FROM t WHERE id < {rows} ORDER BY id")
    return [None if value is None else parse(value) for (value,) in found]


def _postgres(sql: str, type: pa.DataType) -> tuple[str, Callable[[Any], Any]]:
    if pat.is_list(type):
        parse = datetime.date.fromisoformat if sql == "date[]" else lambda value: value
        return "CAST(to_json({c}) AS text)", lambda text: [
            None if value is None else parse(value) for value in json.loads(text, parse_float=Decimal)
        ]
    if pat.is_date(type):
        return "{c} - DATE '1970-01-01'", int
    if pat.is_timestamp(type):
        return "extract(epoch FROM {c}) * 1000000", int
    if pat.is_boolean(type):
        return "CAST({c} AS int)", int
    if pat.is_binary(type):
        return "encode({c}, 'hex')", bytes.fromhex
    if pat.is_floating(type):
        return "CAST({c} AS text)", _float_of(type)
    return "CASE WHEN {c} IS NOT NULL THEN format('%s', {c}) END", _number_or_text(type)


def _mariadb(sql: str, type: pa.DataType) -> tuple[str, Callable[[Any], Any]]:
    if pat.is_date(type):
        day = "CONCAT({c} + 0, '-01-01')" if sql == "year" else "{c}"
        return f"DATEDIFF({day}, '1970-01-01')", int
    if sql.startswith("timestamp"):
        return "UNIX_TIMESTAMP({c}) * 1000000", int
    if pat.is_timestamp(type):
        moment = "CONCAT('1970-01-01 ', {c})" if sql.startswith("time") else "{c}"
        return f"TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {moment})", int
    if pat.is_boolean(type) or pat.is_integer(type):
        return "CAST({c} + 0 AS CHAR)", int
    if pat.is_binary(type):
        return "HEX({c})", bytes.fromhex
    if pat.is_floating(type):
        return "CAST(CAST({c} AS DOUBLE) AS CHAR)", _float_of(type)
    return "CAST({c} AS CHAR CHARACTER SET utf8mb4)", _number_or_text(type)


def _sqlite(sql: str, type: pa.DataType) -> tuple[str, Callable[[Any], Any]]:
    if pat.is_floating(type):
        return "{c}", lambda value: repr(float(value))
    if pat.is_decimal(type):
        return "CAST({c} AS TEXT)", _number_or_text(type)
    return "{c}", lambda value: value


def _float_of(type: pa.DataType) -> Callable[[str], str]:
    return lambda text: repr(pa.scalar(float(text), pa.float64()).cast(type).as_py())


def _number_or_text(type: pa.DataType) -> Callable[[str], Any]:
    if pat.is_integer(type):
        return int
    return Decimal if pat.is_decimal(type) else str


TOLD = {"mysql": _mariadb, "postgresql": _postgres, "sqlite": _sqlite}


@pytest.mark.parametrize("in_session", [True, False])
@pytest.mark.parametrize(
    ("said", "found"),
    [("true", [False, True, True, True, False]), ("FALSE", [0, 1, 2, -1, -2])],
)
def test_tinyint_of_one_digit_is_what_the_url_says(
    mariadb: MariaServer, said: str, found: list[Any], in_session: bool
) -> None:
    """As MySQL's own driver takes them, or the numbers."""
    place = mariadb_place(mariadb)
    place.run("CREATE TABLE t (id INTEGER PRIMARY KEY, flag BOOLEAN)")
    place.insert("t", list(enumerate([0, 1, 2, -1, -2])))
    login = replace(place.login, parameters={"tinyInt1isBit": said})
    with reading(login, in_session=in_session) as read:
        for rows in (Rows(table=TABLE), Rows(query="SELECT flag FROM t ORDER BY id")):
            assert read(rows).to_pylist() == found


@pytest.mark.parametrize("in_session", [True, False])
@pytest.mark.parametrize("value", ["838:59:59", "-01:00:00.500000"])
def test_a_time_that_is_none_of_a_day_is_shown_as_mysql_has_it(
    mariadb: MariaServer, value: str, in_session: bool
) -> None:
    place = mariadb_place(mariadb)
    kind = "TIME(6)" if "." in value else "TIME"
    place.run(f"CREATE TABLE t (id INTEGER PRIMARY KEY, lasted {kind})")
    place.run(f"INSERT INTO t VALUES (1, '{value}')")
    with (
        reading(place.login, in_session=in_session) as read,
        pytest.raises(DatabaseFailed, match=rf"cannot hold: '?{re.escape(value)}'?.* \(row id=1\)"),
    ):
        read(Rows(table=TABLE))


def test_a_parameter_that_is_neither_true_nor_false_is_refused(mariadb: MariaServer) -> None:
    login = replace(mariadb_place(mariadb).login, parameters={"tinyInt1isBit": "maybe"})
    said = "tinyInt1isBit of .* is true or false, not 'maybe'"
    with pytest.raises(UsageError, match=said), reading(login, in_session=True):
        pass


def test_the_query_that_an_error_names_gives_what_the_table_has(postgres: PostgresServer) -> None:
    place = postgres_place(postgres)
    place.run("CREATE TABLE t (id INT PRIMARY KEY, tags INT[])", "INSERT INTO t VALUES (7, '{{1,2},{3,4}}')")
    with reading(place.login, in_session=False) as read:
        with pytest.raises(DatabaseFailed, match=r"an array of 2 dimensions \(row id=7\)") as failed:
            read(Rows(table=TABLE))
        expression = re.search(r"(to_json\(\w+\))", str(failed.value))
        assert expression is not None
        assert read(Rows(query=f"SELECT {expression[1]} FROM t")).to_pylist() == ["[[1,2],[3,4]]"]


def test_a_row_without_a_key_is_named_by_its_columns(place: Place) -> None:
    odd = {"mysql": "TIME", "postgresql": "TIME", "sqlite": "BOOLEAN"}[place.product]
    value = {"sqlite": "2"}.get(place.product, "'24:00:00'")
    place.run(f"CREATE TABLE u (name VARCHAR(9), odd {odd})", f"INSERT INTO u VALUES ('Ann', {value})")
    said = r"column odd .*cannot hold: .*\(row name='Ann'\)"
    with reading(place.login, in_session=True) as read:
        for rows in (Rows(table=DatabaseTable("", "u")), Rows(query="SELECT * FROM u")):
            with pytest.raises(DatabaseFailed, match=said):
                read(rows)
