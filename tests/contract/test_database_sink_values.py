"""Values at the edges of their types: written and read back as they are, or refused by column and value."""

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.types as pat
import pytest

from database_servers import MariaServer, Place, mariadb_place, postgres_place, sqlite_place
from database_writes import left_staged, staged, written
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import DatabaseTable, Rows
from placekeeper.model.errors import ValueUnwritable
from postgres import PostgresServer

D = Decimal
BEFORE_CHRIST, AFTER_9999, LAST_DAY = -735160, 2932897, 2_145_042_905
DAY_US = 86_400_000_000


def days(*numbers: int) -> pa.Array:
    return pa.array(numbers, pa.int32()).cast(pa.date32())


def moments(*numbers: int, zone: str | None = "UTC") -> pa.Array:
    return pa.array(numbers, pa.int64()).cast(pa.timestamp("us", tz=zone))


EVERYWHERE: dict[str, pa.Array] = {
    "flag": pa.array([True, False]),
    "tiny": pa.array([-128, 127], pa.int8()),
    "small": pa.array([-(2**15), 2**15 - 1], pa.int16()),
    "whole": pa.array([-(2**31), 2**31 - 1], pa.int32()),
    "big": pa.array([-(2**63), 2**63 - 1]),
    "single": pa.array([0.1, 3.4028234663852886e38], pa.float32()),
    "ratio": pa.array([5e-324, -1.7976931348623157e308]),
    "amount": pa.array([D("-1.50"), D("99999999.99")], pa.decimal128(10, 2)),
    "digits": pa.array([D("9" * 38), D("-" + "9" * 38)], pa.decimal128(38, 0)),
    "fine": pa.array([D("0." + "9" * 38), D("1e-38")], pa.decimal128(38, 38)),
    "words": pa.array(["ö🙂\r\n\t'\"\\", ""]),
    "raw": pa.array([b"\x00\xff", b""]),
    "day": days(-719162, 2932896),
    "moment": moments(-62135596800000000, 253402300799999999),
    "wall": moments(-62135596800000000, 253402300799999999, zone=None),
    "empty": pa.nulls(2),
}
ELSEWHERE: dict[str, dict[str, pa.Array]] = {
    "postgresql": {
        "nan": pa.array([math.nan, math.inf]),
        "old": days(BEFORE_CHRIST, -2440550),
        "late": days(AFTER_9999, LAST_DAY),
        "moments": moments(BEFORE_CHRIST * DAY_US + 1, 2**63 - 1),
        "walls": moments(AFTER_9999 * DAY_US, 2**63 - 1, zone=None),
        "zero": pa.array([-0.0, 0.0]),
    },
    "mysql": {"nul": pa.array(["a\0b", "\0"])},
    "sqlite": {"nul": pa.array(["a\0b", "\0"]), "infinite": pa.array([math.inf, -math.inf])},
}
REFUSED: dict[str, list[tuple[str, pa.Array]]] = {
    "postgresql": [
        ("TEXT", pa.array(["a\0b"])),
        ("INT", pa.array(["x"])),
        ("INT", pa.array([math.nan])),
        ("DECIMAL(5,2)", pa.array([D("1000.00")])),
        ("DECIMAL(5,2)", pa.array([math.nan])),
        ("VARCHAR(3)", pa.array(["abcd"])),
        ("DATE", days(2**31 - 1)),
        ("TIMESTAMP", moments(-(2**63))),
        ("TEXT", moments(2**63 - 1)),
        ("UUID", pa.array(["x"])),
        ("JSONB", pa.array(["{"])),
        ('"char"', pa.array(["ab"])),
        ("oid", pa.array([2**32])),
        ("positive", pa.array([-1])),
    ],
    "mysql": [
        ("DOUBLE", pa.array([math.nan])),
        ("FLOAT", pa.array([math.inf], pa.float32())),
        ("INT", pa.array(["x"])),
        ("DECIMAL(5,2)", pa.array([D("1000.00")])),
        ("VARCHAR(3)", pa.array(["abcd"])),
        ("VARCHAR(9) CHARACTER SET latin1", pa.array(["ж"])),
        ("DATE", days(BEFORE_CHRIST)),
        ("DATE", days(AFTER_9999)),
        ("DATETIME(6)", moments(2**63 - 1)),
        ("TIMESTAMP NULL", moments(2**33 * 1_000_000)),
        ("TEXT", days(2**31 - 1)),
        ("BIT(4)", pa.array([16])),
        ("TINYBLOB", pa.array([b"x" * 300])),
        ("UUID", pa.array(["x"])),
    ],
    "sqlite": [
        ("DOUBLE", pa.array([math.nan])),
        ("INTEGER", pa.array(["x"])),
        ("INTEGER", pa.array([1e19])),
        ("DECIMAL(5,2)", pa.array([D("1000.00")])),
        ("DATE", days(BEFORE_CHRIST)),
        ("TIMESTAMP", moments(AFTER_9999 * DAY_US)),
        ("TEXT", moments(2**63 - 1)),
    ],
}


@pytest.fixture(params=sorted(REFUSED))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return sqlite_place(tmp_path)
    if request.param == "mysql":
        maria: MariaServer = request.getfixturevalue("mariadb")
        return mariadb_place(maria)
    server: PostgresServer = request.getfixturevalue("postgres")
    made = postgres_place(server)
    made.run("CREATE DOMAIN positive AS int CHECK (value > 0)")
    return made


def test_a_table_that_is_made_has_each_value_as_it_was(place: Place) -> None:
    """Twice: the second write finds the table, whose columns have to take the same."""
    columns = EVERYWHERE | ELSEWHERE[place.product]
    rows = pa.table({"id": pa.array([1, 2]), **columns})
    written(place, rows)
    written(place, rows)
    with SqlDatabases().at(place.login).session() as session:
        found = pa.Table.from_batches(list(session.read(Rows(table=DatabaseTable("", "rows_of")))))
    assert found.num_rows == 4
    for name, array in columns.items():
        wanted = [as_read(place, value) for value in array]
        got = [plain(value) for value in found.sort_by("id").column(name)]
        assert got == [value for value in wanted for _ in range(2)], name


def as_read(place: Place, value: Any) -> Any:
    """SQLite has no dates, and decimals of 15 digits."""
    if place.product == "sqlite" and value.is_valid:
        if pat.is_timestamp(value.type):
            return value.as_py().replace(tzinfo=None).isoformat(" ", "microseconds")
        if pat.is_date(value.type):
            return value.as_py().isoformat()
        if pat.is_decimal(value.type) and value.type.precision > 15:
            return format(value.as_py(), "f")
    return plain(value)


def plain(value: Any) -> Any:
    if not value.is_valid:
        return None
    if pat.is_temporal(value.type):
        return value.value
    return repr(value.as_py()) if pat.is_floating(value.type) else value.as_py()


def test_a_value_that_a_column_cannot_keep_is_refused_by_name(place: Place) -> None:
    """Nothing of it is left, and no name of our own tables is told."""
    refused = REFUSED[place.product]
    columns = ", ".join(f"odd{number} {type}" for number, (type, _) in enumerate(refused))
    place.run(f"CREATE TABLE rows_of (id INT NOT NULL PRIMARY KEY, {columns})")
    for number, (type, array) in enumerate(refused):
        fine = pa.nulls(1, array.type)
        rows = pa.table({"id": pa.array([7, 8], pa.int32()), f"odd{number}": pa.concat_arrays([fine, array])})
        with pytest.raises(ValueUnwritable) as failed:
            staged(place, rows)
        said = str(failed.value)
        assert f"row 2 of its task (id='8', odd{number}=" in said, type
        assert f"the column odd{number} " in said, said
        assert "placekeeper_" not in said, said
        assert "value out of range" not in said, said
    assert left_staged(place) == []
    assert place.fetch("SELECT count(*) FROM rows_of") == [(0,)]
