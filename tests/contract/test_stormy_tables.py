"""64 writers at a real table while runs read it on: no row is missed, none is doubled, late ones are known.

`make test` has a short storm, `make soak` a long one.
"""

import random
import time
from collections import Counter
from typing import Any

import pytest

from database_servers import Place, mariadb_place, postgres_place
from key_runs import Runs
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.databases import DatabaseTable, LookBack
from stormy_database import Storm, make_table

WRITERS = 64
SHORT_SECONDS, LONG_SECONDS = 1.5, 60.0
MOST_SECONDS = 60.0
"""So long a busy machine may take beyond that until it has committed more than 100 times."""


def storms(short: str) -> pytest.MarkDecorator:
    """A long storm on each product in `make soak`; in `make test` a short one on that product."""
    long = [
        pytest.param(product, LONG_SECONDS, id=f"{product}-long", marks=pytest.mark.soak)
        for product in ("postgresql", "mysql")
    ]
    return pytest.mark.parametrize(
        ("place", "seconds"),
        [pytest.param(short, SHORT_SECONDS, id=f"{short}-short"), *long],
        indirect=["place"],
    )


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "postgresql":
        place = postgres_place(request.getfixturevalue("postgres"))
    else:
        place = mariadb_place(request.getfixturevalue("mariadb"))
    make_table(place)
    return place


def _runs(place: Place, **parts: Any) -> Runs:
    schema = "public" if place.product == "postgresql" else ""
    database = SqlDatabases().at(place.login)
    return Runs(database, table=DatabaseTable(schema, "Orders"), **parts)


def _read_meanwhile(runs: Runs, storm: Storm, seconds: float) -> list[dict[str, Any]]:
    """What runs have read and committed in a storm, and after it; some of them fail before they commit."""
    chance, read = random.Random(7), list[dict[str, Any]]()
    with storm.blowing():
        end = time.monotonic() + seconds
        while time.monotonic() < end or (storm.committed <= 100 and time.monotonic() < end + MOST_SECONDS):
            read += _run(runs, commits=chance.random() < 0.7)
    for _ in range(2):
        read += _run(runs, commits=True)
    return read


def _run(runs: Runs, *, commits: bool) -> list[dict[str, Any]]:
    runs.now_ms = time.time_ns() // 1_000_000
    rows = runs.run(commits=commits)
    return rows if commits else []


def _table(place: Place, columns: str) -> Counter[tuple[Any, ...]]:
    quote = '"' if place.product == "postgresql" else "`"
    return Counter(place.fetch(f"SELECT {columns} FROM {quote}Orders{quote}"))


@storms("mysql")
def test_ids_are_read_once_each(place: Place, seconds: float) -> None:
    runs, storm = _runs(place), Storm(place, WRITERS, most_delay=0.8)
    read = _read_meanwhile(runs, storm, seconds)
    assert storm.committed > 100, storm
    assert Counter((row["id"],) for row in read) == _table(place, "id")


@storms("postgresql")
def test_times_are_read_once_each_with_every_update_that_stays(place: Place, seconds: float) -> None:
    runs = _runs(place, keys=("UPDATED_AT",))
    storm = Storm(place, WRITERS, most_delay=0.8)
    read = Counter(
        (row["id"], row["updated_at"].replace(tzinfo=None)) for row in _read_meanwhile(runs, storm, seconds)
    )
    assert storm.committed > 100, storm
    at = "updated_at AT TIME ZONE 'UTC'" if place.product == "postgresql" else "updated_at"
    assert _table(place, f"id, {at}") - read == Counter()
    assert [version for version, times in read.items() if times > 1] == []


@storms("postgresql")
def test_ids_that_come_past_the_look_back_are_missing_until_then(place: Place, seconds: float) -> None:
    """The look back is none, so that most transactions stay open for longer than it."""
    runs = _runs(place, look_back=LookBack(rows=0))
    runs.run()
    storm = Storm(place, WRITERS, most_delay=0.8, updates=False)
    read = _read_meanwhile(runs, storm, seconds)
    found = Counter((row["id"],) for row in read)
    assert [id for id, times in found.items() if times > 1] == []
    assert runs.element is not None
    missing = {(n,) for one in runs.element.missing for n in range(one.first, one.last + 1)}
    assert set(_table(place, "id") - found) <= missing
