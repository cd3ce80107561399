"""A database that goes away, refuses or changes: a sentence for the user, and nothing is committed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from database_servers import Place, postgres_place
from placekeeper.model.element import KeyElement
from placekeeper.model.errors import DatabaseFailed
from placekeeper.model.plan import Reason
from placekeeper.runtime.engines.base import Engine
from postgres import PostgresServer
from scripts_in_process import Scripts, new_state, scripts

pytestmark = pytest.mark.spark_tests(1)


class Shop:
    """A database of PostgreSQL behind a connection of the catalog, and runs that read it."""

    def __init__(self, place: Place, runs: Scripts, state: Any) -> None:
        self.place = place
        self.runs = runs
        self.state = state
        login = place.login
        self.url = f"jdbc:postgresql://{login.host}:{login.port}/{login.database}"
        state.control.connections.create(
            {
                "Name": "shop",
                "ConnectionType": "JDBC",
                "ConnectionProperties": {
                    "JDBC_CONNECTION_URL": self.url,
                    "USERNAME": login.user,
                    "PASSWORD": login.password,
                },
            },
            {},
            validates=False,
        )

    def frame(self, glue: Any, **options: Any) -> Any:
        given = {"useConnectionProperties": "true", "connectionName": "shop", "dbtable": "orders", **options}
        return glue.create_dynamic_frame.from_options("postgresql", given, transformation_ctx="orders")

    @property
    def element(self) -> KeyElement | None:
        found = self.state.control.bookmarks.state("toy")[1].get("orders")
        assert found is None or isinstance(found, KeyElement)
        return found


@pytest.fixture
def shop(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> Iterator[Shop]:
    place = postgres_place(postgres)
    place.run("CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric(9, 2))")
    place.run("INSERT INTO orders SELECT n, n FROM generate_series(1, 30000) AS n")
    state = new_state(tmp_path / "state")
    with scripts(state, engine, monkeypatch) as runs:
        yield Shop(place, runs, state)
    state.close()


def test_a_connection_that_breaks_while_tasks_read_fails_the_run(shop: Shop) -> None:
    with shop.runs() as (session, glue, _job):
        frame = shop.frame(glue)
        shop.place.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
            "current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(Exception, match=r"postgresql://127\.0\.0\.1") as failed:
            frame.toDF().collect()
        assert "Traceback" not in str(failed.value).splitlines()[0]
        session.fail()
    assert shop.element is None


def test_a_wrong_password_is_a_sentence(shop: Shop) -> None:
    options = {"url": shop.url, "user": shop.place.login.user, "password": "wrong", "dbtable": "orders"}
    with shop.runs() as (session, glue, _job):
        with pytest.raises(DatabaseFailed, match=r"postgresql://127\.0\.0\.1"):
            glue.create_dynamic_frame.from_options("postgresql", options, transformation_ctx="orders")
        session.fail()
    assert shop.element is None


def test_a_catalog_connection_is_planned_and_read(shop: Shop) -> None:
    with shop.runs() as (_session, glue, job):
        assert shop.frame(glue).count() == 30_000
        job.commit()
    shop.place.run("INSERT INTO orders VALUES (30001, 1), (30003, 1)")
    (source,) = shop.state.control.planner.plan("toy").sources
    assert source.counts == {Reason.NEW: 2}
    with shop.runs() as (_session, glue, job):
        assert sorted(row["id"] for row in shop.frame(glue).toDF().collect()) == [30_001, 30_003]
        job.commit()
    assert shop.element is not None
    assert [(one.first, one.last) for one in shop.element.missing] == [(30_002, 30_002)]


def test_a_login_that_only_the_script_knows_is_told_by_the_plan(shop: Shop) -> None:
    login = shop.place.login
    options = {"url": shop.url, "user": login.user, "password": login.password, "dbtable": "orders"}
    with shop.runs() as (_session, glue, job):
        glue.create_dynamic_frame.from_options("postgresql", options, transformation_ctx="orders")
        job.commit()
    (source,) = shop.state.control.planner.plan("toy").sources
    assert source.keys is not None
    assert "only the script knows user and password" in source.keys.unknown


def test_a_frame_that_is_read_after_the_commit_says_why_it_cannot_be(shop: Shop) -> None:
    with shop.runs() as (_session, glue, job):
        frame = shop.frame(glue)
        job.commit()
        with pytest.raises(Exception, match="commit"):
            frame.toDF().collect()


def test_a_value_that_does_not_fit_is_named_by_its_key_in_tasks_and_in_the_run(shop: Shop) -> None:
    """A task reads row 5, the run itself row 30000. On Sail, the task has not asked for the key."""
    shop.place.run("ALTER TABLE orders ADD tags int[]")
    for row in (5, 30_000):
        shop.place.run(f"UPDATE orders SET tags = CASE id WHEN {row} THEN '{{{{1}},{{2}}}}'::int[] END")
        said = rf"column tags \(integer\[\]\) .* an array of 2 dimensions \(row id={row}\)\. A query keeps it"
        with shop.runs() as (session, glue, _job):
            with pytest.raises(Exception, match=said):
                shop.frame(glue).toDF().select("tags").collect()
            session.fail()
        assert shop.element is None
