"""Writes to tables of databases by scripts: exact values, and all of a run's rows or none."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from database_servers import Place, postgres_place, sqlite_place
from database_writes import left_staged, staged
from placekeeper.model.errors import PublishFailed, StagedPathRead, UnsupportedFeature, UsageError
from placekeeper.model.jobs import JobRunState
from placekeeper.rules.databases.jdbc_urls import url_of
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.run.report import report_lines
from placekeeper.wiring.state import State
from postgres import PostgresServer
from scripts_in_process import Scripts, new_state, scripts

pytestmark = pytest.mark.spark_tests(6)


class Shop:
    """Runs of scripts that write to one database. `at` is called at the named points of a run."""

    def __init__(self, state: State, place: Place) -> None:
        self.state, self.place = state, place
        self.run: Scripts
        self.at: Callable[[str], None] = lambda _name: None
        self.summary: Any = None

    @property
    def notes(self) -> str:
        return "\n".join(self.summary.notes)

    @property
    def catalog(self) -> str:
        """What the summary says of the one write."""
        (sink,) = self.summary.sinks
        return f"{sink.rows} rows: {sink.catalog}"

    def write(
        self,
        rows: Any,
        schema: Any,
        *,
        commit: bool = True,
        one_task: bool = False,
        arguments: Any = None,
        **options: Any,
    ) -> None:
        """A run that writes rows of createDataFrame to the table `rows_of`."""
        with self.run(**(arguments or {})) as (session, glue, job):
            from awsglue.dynamicframe import DynamicFrame

            frame = glue.spark_session.createDataFrame(rows, schema)
            frame = frame.coalesce(1) if one_task else frame
            self.options = {"dbtable": "rows_of", **self.login, **options}
            try:
                glue.write_dynamic_frame.from_options(
                    DynamicFrame.fromDF(frame, glue, "rows"),
                    connection_type=self.place.product,
                    connection_options=self.options,
                )
                if commit:
                    job.commit()
                else:
                    session.fail()
            finally:
                self.summary = session.summary()

    @property
    def login(self) -> dict[str, str]:
        login = self.place.login
        return {"url": url_of(login), "user": login.user, "password": login.password}

    def rows(self, columns: str = "*", table: str = "rows_of") -> list[tuple[Any, ...]]:
        return self.place.fetch(f"SELECT {columns} FROM {table} ORDER BY 1")


def _shop(place: Place, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    state = new_state(folder / "state")
    shop = Shop(state, place)
    try:
        with scripts(state, engine, monkeypatch, checkpoint=lambda name: shop.at(name)) as run:
            shop.run = run
            yield shop
    finally:
        state.close()


@pytest.fixture
def postgres_shop(
    engine: Engine, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    yield from _shop(postgres_place(postgres), engine, tmp_path, monkeypatch)


@pytest.fixture
def shop(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    yield from _shop(sqlite_place(tmp_path), engine, tmp_path, monkeypatch)


def test_values_of_every_type_are_exact(postgres_shop: Shop) -> None:
    schema = (
        "id long, tiny tinyint, small smallint, n int, f float, d double, flag boolean, "
        "amount decimal(38,10), name string, raw binary, day date, moment timestamp, local timestamp_ntz"
    )
    row = (
        2**62, -128, -32768, 2**31 - 1, 0.5, 0.1, True, Decimal("1234567890123456789012345678.0123456789"),
        "ü,\"'\\ \n", bytearray(b"\x00\xff"), date(1, 1, 1),
        datetime(2020, 1, 2, 3, 4, 5, 678901, UTC), datetime(1969, 12, 31, 23, 59, 59, 1),
    )  # fmt: skip
    none = (1, *([None] * (len(row) - 1)))
    postgres_shop.write([row, none], schema)
    found = postgres_shop.rows()
    assert found == [none, tuple(bytes(v) if isinstance(v, bytearray) else v for v in row)]
    types = postgres_shop.place.fetch(
        "SELECT data_type FROM information_schema.columns WHERE table_name = 'rows_of' "
        "ORDER BY ordinal_position"
    )
    assert [one for (one,) in types] == [
        *("bigint", "smallint", "smallint", "integer", "real", "double precision", "boolean", "numeric"),
        *("text", "bytea", "date", "timestamp with time zone", "timestamp without time zone"),
    ]
    assert postgres_shop.catalog == "2 rows: table public.rows_of, which is made: 2 rows appended"


def test_several_tasks_write_each_row_once(postgres_shop: Shop) -> None:
    with postgres_shop.run() as (_, glue, job):
        from awsglue.dynamicframe import DynamicFrame

        rows = glue.spark_session.range(5000).repartition(7)
        glue.write_dynamic_frame.from_options(
            DynamicFrame.fromDF(rows, glue, "rows"),
            connection_type="postgresql",
            connection_options={"dbtable": "rows_of", **postgres_shop.login},
        )
        assert len(left_staged(postgres_shop.place)) == 1
        job.commit()
    assert postgres_shop.rows("count(*), count(DISTINCT id), sum(id)") == [(5000, 5000, 12497500)]
    assert left_staged(postgres_shop.place) == []


def test_append_overwrite_and_upsert(shop: Shop) -> None:
    shop.write([(1, "a"), (2, "b")], "id int, name string", upsertKeys="id")
    shop.write([(2, "B"), (3, "c")], "ID int, name string", upsertKeys='["id"]')
    assert shop.rows() == [(1, "a"), (2, "B"), (3, "c")]
    assert shop.catalog == "2 rows: table rows_of: 2 rows merged by (id)"
    shop.write([(4, "d")], "id int, name string", mode="overwrite")
    shop.write([(5, "e")], "id int, name string")
    assert shop.rows() == [(4, "d"), (5, "e")]


def test_actions_are_part_of_the_transaction(shop: Shop) -> None:
    shop.place.run("CREATE TABLE log (what TEXT)", "CREATE TABLE rows_of (id INT)")
    shop.write(
        [(1,)],
        "id int",
        preactions="begin; INSERT INTO log VALUES ('a;b'); -- no; end\nINSERT INTO log VALUES ('c'); end;",
        postactions=["INSERT INTO log SELECT 'rows ' || count(*) FROM rows_of"],
    )
    assert shop.rows(table="log") == [("a;b",), ("c",), ("rows 1",)]
    with pytest.raises(PublishFailed, match=r"the statement `INSERT INTO nothing VALUES \(1\)` failed"):
        shop.write([(2,)], "id int", postactions="INSERT INTO nothing VALUES (1)")
    assert (shop.rows(), left_staged(shop.place)) == ([(1,)], [])


def test_frames_without_rows_or_columns(shop: Shop) -> None:
    shop.place.run("CREATE TABLE log (what TEXT)")
    shop.write([], "id int", preactions="INSERT INTO log VALUES ('x')")
    assert (shop.rows(), shop.rows(table="log")) == ([], [("x",)])
    assert shop.catalog == "0 rows: table rows_of, which is made: 0 rows appended"
    from pyspark.sql.types import StructType

    shop.write([], StructType([]), preactions="INSERT INTO log VALUES ('y')")
    assert (shop.rows(), shop.rows(table="log")) == ([], [("x",), ("y",)])


def test_a_value_that_does_not_fit_is_named_and_nothing_is_visible(postgres_shop: Shop) -> None:
    postgres_shop.place.run("CREATE TABLE rows_of (id int, name varchar(3))")
    with pytest.raises(Exception, match=r"row 2 .*the column name takes 3 characters, and 'toolong' has 7"):
        postgres_shop.write([(1, "a"), (2, "toolong")], "id int, name string", one_task=True)
    assert (postgres_shop.rows(), left_staged(postgres_shop.place)) == ([], [])


def test_a_run_that_fails_leaves_nothing(shop: Shop) -> None:
    shop.write([(1,)], "id int", commit=False)
    assert left_staged(shop.place) == []
    assert shop.place.fetch("SELECT name FROM sqlite_master WHERE name = 'rows_of'") == []


def test_rows_are_visible_at_once_if_the_job_wants_that(shop: Shop) -> None:
    shop.write([(1,)], "id int", commit=False, arguments={"--output-visibility": "immediate"})
    assert (shop.rows(), left_staged(shop.place)) == ([(1,)], [])


def test_a_publication_that_fails_restores_the_bookmark(shop: Shop) -> None:
    shop.place.run("CREATE TABLE rows_of (id INTEGER PRIMARY KEY)")
    shop.write([(1,)], "id int")

    def disturb(name: str) -> None:
        if name == "publish.before-first":
            shop.place.run("INSERT INTO rows_of VALUES (2)")

    shop.at = disturb
    with pytest.raises(
        PublishFailed, match=r"UNIQUE constraint failed.*the bookmark is back to the state before"
    ):
        shop.write([(2,), (3,)], "id int")
    assert (shop.rows(), left_staged(shop.place)) == ([(1,), (2,)], [])


def test_staging_tables_of_ended_runs_go_and_others_stay(shop: Shop) -> None:
    def begun() -> str:
        return shop.state.control.run_starter.register(
            "toy", script_location="toy.py", arguments={}, launcher="test:1:1"
        )[0].id

    ended, going_on = begun(), begun()
    run = next(run for run in _runs(shop.state) if run.id == ended)
    shop.state.control.lifecycle.move(run, JobRunState.FAILED)
    rows = pa.table({"id": [1]})
    left = staged(shop.place, rows, run_id=ended).staging
    stays = {staged(shop.place, rows, run_id=one).staging for one in (going_on, "jr_" + "f" * 64)}
    shop.write([(7,)], "id int")
    assert set(left_staged(shop.place)) == stays
    assert f"dropped 1 staging table that ended runs had left: {left}" in shop.notes


def _runs(state: State) -> Any:
    with state.store.read() as tx:
        return [run for _, run in tx.runs.page(None, before=None, limit=10).items]


def test_no_password_is_left_in_the_state(postgres_shop: Shop) -> None:
    seen: list[str] = []

    def look(name: str) -> None:
        if name == "publish.before-first":
            seen.append(_manifests(postgres_shop.state))

    postgres_shop.at = look
    postgres_shop.write([(1,)], "id int")
    word = postgres_shop.place.login.password
    assert word in seen[0]  # no key is configured, so it waits in the clear until the rows are visible
    assert word not in _manifests(postgres_shop.state)
    assert word not in str(postgres_shop.summary)


def _manifests(state: State) -> str:
    with state.store.read() as tx:
        found = tx.publications.settled_since(0) or tx.publications.unsettled()
        return "".join(one.login.password for publication in found for one in publication.manifest)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"mode": "merge"}, UsageError, "is append, overwrite and upsert, not 'merge'"),
        ({"mode": "upsert"}, UsageError, "upsertKeys.: .*with the names of your key columns"),
        ({"upsertKeys": "nowhere"}, UsageError, r"the frame has no column nowhere"),
        ({"upsertKey": "id"}, UsageError, "has no option 'upsertKey': did you mean 'upsertKeys'"),
        ({"upsertKeys": '["id'}, UsageError, "upsertKeys is no list of JSON"),
        ({"bulkSize": "many"}, UsageError, "bulkSize is a number of rows"),
        ({"postactions": "SELECT 1; ROLLBACK"}, UsageError, "has the statement `ROLLBACK`"),
        ({"dbtable": None, "query": "SELECT 1"}, UnsupportedFeature, "a query is read and not written"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    shop: Shop, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        shop.write([(1,)], "id int", **options)
    with suppress(Exception):
        assert left_staged(shop.place) == []


def test_rows_that_wait_for_the_commit_are_not_read_over(shop: Shop) -> None:
    shop.write([(1,)], "id int")
    with shop.run() as (_session, glue, _job):
        from awsglue.dynamicframe import DynamicFrame

        options = {"dbtable": "rows_of", **shop.login}
        rows = glue.spark_session.createDataFrame([(2,)], "id int")
        glue.write_dynamic_frame.from_options(
            DynamicFrame.fromDF(rows, glue, "rows"),
            connection_type=shop.place.product,
            connection_options=options,
        )
        with pytest.raises(StagedPathRead, match="rows_of"):
            glue.create_dynamic_frame.from_options(shop.place.product, options)


def test_a_run_may_truncate_what_it_has_read(postgres_shop: Shop) -> None:
    postgres_shop.write([(1,), (2,)], "id int")
    with postgres_shop.run() as (session, glue, job):
        options = {"dbtable": "rows_of", **postgres_shop.login}
        read = glue.create_dynamic_frame.from_options("postgresql", options)
        glue.write_dynamic_frame.from_options(
            read, "postgresql", {**options, "preactions": "TRUNCATE TABLE rows_of"}
        )
        job.commit()
    assert postgres_shop.rows() == [(1,), (2,)]
    (sink,) = session.summary().sinks
    assert "wrote 2 rows in 0 files" not in "\n".join(report_lines(session.summary()))
    assert sink.path.endswith("/public.rows_of")
