"""Rows that were read and have odd values now: a run that looks at them again goes on."""

from pathlib import Path

import pytest

from database_servers import Place, mariadb_place, postgres_place, sqlite_place
from filled_tables import Filled

MADE = {
    "mysql": "CREATE TABLE t (id bigint AUTO_INCREMENT PRIMARY KEY, size int, at time)",
    "postgresql": "CREATE TABLE t (id serial PRIMARY KEY, size int, at timestamp)",
    "sqlite": "CREATE TABLE t (id integer PRIMARY KEY, size int, at int)",
}
VALUES = {"mysql": "'00:00:{:02}'", "postgresql": "'2026-01-{:02}'", "sqlite": "{}"}
ODD = {"mysql": "'100:00:00'", "postgresql": "'infinity'", "sqlite": "'never'"}
"""A value that the type of the column cannot hold."""


def place_of(request: pytest.FixtureRequest, folder: Path, kind: str) -> Place:
    if kind == "postgresql":
        return postgres_place(request.getfixturevalue("postgres"))
    return mariadb_place(request.getfixturevalue("mariadb")) if kind == "mysql" else sqlite_place(folder)


@pytest.fixture(params=sorted(MADE))
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Filled:
    return Filled(place_of(request, tmp_path, request.param), request.param, MADE[request.param])


def write(rows: Filled, ids: range) -> None:
    value = VALUES[rows.kind]
    rows.place.run(
        *(f"INSERT INTO t (id, size, at) VALUES ({id}, {id * 7}, {value.format(id)})" for id in ids)
    )


def test_old_rows_with_odd_values_stop_no_run(rows: Filled) -> None:
    write(rows, range(1, 21))
    rows.look_back(2)
    rows.read()
    rows.place.run(f"UPDATE t SET at = {ODD[rows.kind]} WHERE id = 13")
    write(rows, range(21, 22))
    assert rows.read() == [21]
    assert rows.read() == []
    rows.place.run("UPDATE t SET size = -1 WHERE id = 13")
    assert rows.read() == []


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_table_whose_columns_all_have_odd_values_is_read(tmp_path: Path, kind: str) -> None:
    rows = Filled(sqlite_place(tmp_path), kind, MADE[kind])
    write(rows, range(1, 21))
    rows.look_back(2)
    rows.read()
    rows.place.run("UPDATE t SET at = 'never', size = 'none' WHERE id = 13")
    write(rows, range(21, 22))
    assert rows.read() == [21]
