"""Reading needs memory for a few rows, however many and however long a table has them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from database_servers import Place, mariadb_place, postgres_place, sqlite_place

LONG = 200
"""Rows of a million characters each, behind many short ones, so that a mean says nothing of them."""

SHORT = 3_000
MOST_MORE = 150
"""MB that reading all rows may need beyond reading the short ones."""

READ = """
import json, sys
import msgspec
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import DatabaseTable, Login, Rows

def read(table, login, way):
    rows = Rows(query=f"SELECT * FROM {table}") if way == "query" else Rows(table=DatabaseTable("", table))
    database = SqlDatabases().at(login)
    if way == "session":
        with database.session() as session:
            return sum(batch.num_rows for batch in session.read(rows))
    return sum(batch.num_rows for batch in database.read(rows))

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))

login, way = msgspec.json.decode(sys.argv[1], type=Login), sys.argv[2]
short, before = read("short", login, way), peak()
print(json.dumps([short, read("mixed", login, way), peak() - before]))
"""
SERIES = {
    "mysql": "SELECT seq, '{0}' FROM seq_1_to_{1}",
    "postgresql": "SELECT n, '{0}' FROM generate_series(1, {1}) AS n",
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {1}) "
    "SELECT n, '{0}' FROM s",
}


@pytest.fixture(
    scope="module",
    params=["sqlite", *(pytest.param(one, marks=pytest.mark.soak) for one in ("mysql", "postgresql"))],
)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    match request.param:
        case "mysql":
            made = mariadb_place(request.getfixturevalue("mariadb"))
        case "postgresql":
            made = postgres_place(request.getfixturevalue("postgres"))
        case _:
            made = sqlite_place(Path(tmp_path_factory.mktemp("wide")))
    text = "longtext" if made.product == "mysql" else "text"
    for table in ("short", "mixed"):
        made.run(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, t {text})")
        made.run(f"INSERT INTO {table} {SERIES[made.product].format('few', SHORT)}")
    made.insert("mixed", [(SHORT + 1, "x" * 1_000_000)])
    made.run(
        f"INSERT INTO mixed SELECT {SHORT + 1} + s.id, m.t FROM short s, mixed m WHERE m.id = {SHORT + 1} "
        f"AND s.id < {LONG}"
    )
    return made


@pytest.mark.parametrize("way", ["query", "session", "task"])
def test_long_rows_are_read_a_few_at_a_time(place: Place, way: str) -> None:
    if (place.product, way) == ("mysql", "task"):
        pytest.skip("ConnectorX reads so many rows at once as fit by their mean length")
    login: Any = msgspec.json.encode(place.login).decode()
    said = subprocess.run(
        [sys.executable, "-c", READ, login, way], capture_output=True, text=True, check=True, timeout=120
    )
    short, mixed, more = json.loads(said.stdout)
    assert (short, mixed) == (SHORT, SHORT + LONG)
    assert more < MOST_MORE
