"""What scripts say about databases, end to end: connections, catalog tables, from_jdbc_conf, spark.read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException

from database_servers import Place, postgres_place
from frame_runs import passed_on
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.rules.databases.jdbc_urls import url_of, url_without_database
from placekeeper.runtime.engines.base import Engine
from placekeeper.settings import Settings
from placekeeper.wiring.state import State, open_state
from scripts_in_process import Scripts, scripts

pytestmark = pytest.mark.spark_tests(4)


class Shop:
    """A database with a table of orders, a connection `pg` to it, and the catalog's table db.orders on it."""

    def __init__(self, state: State, run: Scripts, place: Place, engine: Engine) -> None:
        self.control, self.run, self.place, self.engine = state.control, run, place, engine
        place.run(
            "CREATE TABLE orders (id int PRIMARY KEY, amount numeric(10, 2))",
            "INSERT INTO orders VALUES (1, 1.5), (2, 2.5), (3, NULL)",
        )
        properties = {
            "JDBC_CONNECTION_URL": self.url,
            "USERNAME": place.login.user,
            "PASSWORD": place.login.password,
        }
        connection = {"Name": "pg", "ConnectionType": "JDBC", "ConnectionProperties": properties}
        self.control.connections.create(connection, {}, validates=False)
        self.control.catalog.create_database({"Name": "db"})
        table = {
            "Name": "orders",
            "StorageDescriptor": {"Location": f"{place.login.database}.public.orders", "Columns": []},
            "Parameters": {"classification": "postgresql", "connectionName": "pg"},
        }
        self.control.catalog.create_table("db", table)
        self.summary: Any = None

    @property
    def url(self) -> str:
        return url_of(self.place.login)

    @property
    def login(self) -> dict[str, str]:
        return {"url": self.url, "user": self.place.login.user, "password": self.place.login.password}

    def ids(self, read: Any) -> list[int]:
        """The ids that a run reads, sorted; `read` makes a frame or a DataFrame."""
        with self.run() as (session, glue, job), passed_on(self.engine, session):
            frame = read(glue)
            dataframe = frame.toDF() if type(frame).__name__ == "DynamicFrame" else frame
            rows = dataframe.collect()
            job.commit()
        self.summary = session.summary()
        return sorted(row["id"] for row in rows)

    def write(self, write: Any) -> None:
        """A run that writes the rows (4, …) and (5, …); `write` gets the context, frame and DataFrame."""
        with self.run() as (session, glue, job), passed_on(self.engine, session):
            from awsglue.dynamicframe import DynamicFrame

            rows = glue.spark_session.createDataFrame([(4, "4.0"), (5, None)], "id int, amount string")
            rows = rows.selectExpr("id", "cast(amount as decimal(10, 2)) as amount")
            write(glue, DynamicFrame.fromDF(rows, glue, "rows"), rows)
            job.commit()
        self.summary = session.summary()

    def there(self, table: str = "orders") -> list[int]:
        return sorted(row[0] for row in self.place.fetch(f"SELECT id FROM {table}"))


@pytest.fixture
def shop(engine: Engine, tmp_path: Path, postgres: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    state = open_state(Settings(state=tmp_path / "state"), {})
    with scripts(state, engine, monkeypatch) as run:
        yield Shop(state, run, postgres_place(postgres), engine)
    state.close()


def test_a_bookmark_follows_each_way_to_name_a_table(shop: Shop) -> None:
    ways = {
        "options": lambda glue: glue.create_dynamic_frame.from_options(
            "postgresql", {**shop.login, "dbtable": "orders"}, transformation_ctx="options"
        ),
        "connection": lambda glue: glue.create_dynamic_frame.from_options(
            connection_type="postgresql",
            connection_options={
                "useConnectionProperties": "true",
                "connectionName": "pg",
                "dbtable": "public.orders",
            },
            transformation_ctx="connection",
        ),
        "catalog": lambda glue: glue.create_dynamic_frame.from_catalog(
            "db", "orders", transformation_ctx="catalog", additional_options={"jobBookmarkKeys": ["id"]}
        ),
        "source": lambda glue: glue.getSource(
            "jdbc", transformation_ctx="source", **shop.login, dbtable="orders"
        ).getFrame(),
        "frame": lambda glue: glue.create_data_frame.from_catalog("db", "orders", transformation_ctx="frame"),
    }
    for name, read in ways.items():
        assert shop.ids(read) == [1, 2, 3], name
    shop.place.run("INSERT INTO orders VALUES (4, 1)")
    for name, read in ways.items():
        assert shop.ids(read) == [4], name


def test_a_query_is_read_whole_each_time_and_that_is_said(shop: Shop) -> None:
    def read(glue: Any) -> Any:
        return glue.create_dynamic_frame.from_options(
            "postgresql", {**shop.login, "query": "SELECT * FROM orders WHERE id > 1"}, transformation_ctx="q"
        )

    assert shop.ids(read) == [2, 3]
    assert shop.ids(read) == [2, 3]
    assert any("bookmark" in note for note in shop.summary.notes)
    (source,) = shop.summary.sources
    assert not source.tracked


def test_from_jdbc_conf_writes_by_the_connection(shop: Shop) -> None:
    database = shop.place.login.database
    shop.write(
        lambda glue, frame, _: glue.write_dynamic_frame.from_jdbc_conf(
            frame=frame,
            catalog_connection="pg",
            connection_options={"dbtable": "orders", "database": database},
            redshift_tmp_dir="s3://bucket/tmp/",
        )
    )
    assert shop.there() == [1, 2, 3, 4, 5]
    assert any("redshiftTmpDir" in note for note in shop.summary.notes)


def test_a_sink_and_a_catalog_table_write_too(shop: Shop) -> None:
    shop.write(
        lambda glue, frame, _: glue.getSink("postgresql", **shop.login, dbtable="public.fresh").writeFrame(
            frame
        )
    )
    assert shop.there("fresh") == [4, 5]
    shop.write(lambda glue, frame, _: glue.write_dynamic_frame.from_catalog(frame, "db", "orders"))
    assert shop.there() == [1, 2, 3, 4, 5]


def test_a_collection_is_refused(shop: Shop) -> None:
    def write(glue: Any, frame: Any, _: Any) -> None:
        from awsglue.dynamicframe import DynamicFrameCollection

        frames = DynamicFrameCollection({"a": frame}, glue)
        with pytest.raises(UsageError, match="a collection of frames cannot be written to one table"):
            glue.write_from_jdbc_conf(frames, "pg", {"dbtable": "orders"})

    shop.write(write)


def test_extract_jdbc_conf_tells_what_the_connection_says(shop: Shop) -> None:
    with shop.run() as (_, glue, _job):
        told = glue.extract_jdbc_conf("pg")
        with pytest.raises(Exception, match="the connection gone is not in the Data Catalog"):
            glue.extract_jdbc_conf("gone")
    login = shop.place.login
    assert told == {
        "user": login.user,
        "password": login.password,
        "vendor": "postgresql",
        "url": url_without_database(login),
        "fullUrl": shop.url,
        "enforceSSL": "false",
        "customJDBCCert": "",
        "skipCustomJDBCCertValidation": "false",
        "customJDBCCertString": "",
    }


def test_spark_reads_by_jdbc_without_a_jar(shop: Shop) -> None:
    login = {"user": shop.login["user"], "password": shop.login["password"]}

    def reader(glue: Any) -> Any:
        return glue.spark_session.read.format("jdbc").options(**shop.login, driver="org.postgresql.Driver")

    def jdbc(glue: Any, *more: Any, **named: Any) -> Any:
        return glue.spark_session.read.jdbc(shop.url, "orders", *more, properties=login, **named)

    assert shop.ids(lambda glue: reader(glue).option("dbtable", "orders").load()) == [1, 2, 3]
    assert shop.ids(lambda glue: reader(glue).load(dbtable="public.orders", fetchsize="10")) == [1, 2, 3]
    assert shop.ids(lambda glue: reader(glue).option("dbtable", "(select * from orders) t").load()) == [
        1,
        2,
        3,
    ]
    assert shop.ids(lambda glue: reader(glue).option("query", "select 7 as id").load()) == [7]
    assert shop.ids(jdbc) == [1, 2, 3]
    assert shop.ids(lambda glue: jdbc(glue, "id", 1, 3, 2)) == [1, 2, 3]
    assert shop.ids(lambda glue: jdbc(glue, predicates=["id = 1", "id > 2"])) == [1, 3]
    assert "0 of 1" in str(shop.summary) or not shop.summary.sources[0].tracked
    with pytest.raises(AnalysisException, match="does not allow user-specified schemas"):
        shop.ids(lambda glue: reader(glue).option("dbtable", "orders").schema("id int").load())


def test_spark_writes_by_jdbc_in_its_modes(shop: Shop) -> None:
    def write(mode: str, table: str) -> None:
        shop.write(
            lambda _, __, rows: (
                rows.write.format("jdbc").options(**shop.login, dbtable=table).mode(mode).save()
            )
        )

    write("append", "orders")
    assert shop.there() == [1, 2, 3, 4, 5]
    write("overwrite", "orders")
    write("ignore", "orders")
    assert shop.there() == [4, 5]
    with pytest.raises(AnalysisException, match=r"\[TABLE_OR_VIEW_ALREADY_EXISTS\] The table public.orders"):
        write("error", "orders")
    write("error", "fresh")
    assert shop.there("fresh") == [4, 5]
    properties = {"user": shop.login["user"], "password": shop.login["password"]}
    shop.write(lambda _, __, rows: rows.write.jdbc(shop.url, "fresh", "append", properties))
    assert shop.there("fresh") == [4, 4, 5, 5]


def test_an_overwrite_by_spark_makes_a_table_of_other_columns_anew(shop: Shop) -> None:
    def write(options: dict[str, str], columns: str) -> None:
        shop.write(
            lambda _, __, rows: (
                rows.selectExpr("id", columns)
                .write.mode("overwrite")
                .format("jdbc")
                .options(**shop.login, dbtable="orders", **options)
                .save()
            )
        )

    types = {"createTableColumnTypes": "note VARCHAR(9)", "isolationLevel": "SERIALIZABLE"}
    write({**types, "batchsize": "1"}, "cast(id AS string) AS note")
    assert shop.place.fetch("SELECT id, note FROM orders ORDER BY id") == [(4, "4"), (5, "5")]
    assert shop.place.fetch(
        "SELECT data_type, character_maximum_length FROM information_schema.columns "
        "WHERE table_name = 'orders' AND column_name = 'note'"
    ) == [("character varying", 9)]
    notes = " ".join(shop.summary.notes)
    assert "the table had the columns id and amount, and the frame has others: it is dropped" in notes
    assert "option isolationLevel has no effect: the rows of a write come in one transaction" in notes
    write(types, "'x' AS note")
    notes = " ".join(shop.summary.notes)
    assert "option createTableColumnTypes has no effect: public.orders is there" in notes
    with pytest.raises(UsageError, match="has no column other"):
        write({"truncate": "true"}, "'x' AS other")
    with pytest.raises(UnsupportedFeature, match="cascadeTruncate would empty other tables"):
        write({"truncate": "true", "cascadeTruncate": "true"}, "'x' AS note")
    with pytest.raises(UsageError, match="the option truncate is true or false, not 'maybe'"):
        write({"truncate": "maybe"}, "'x' AS note")
    assert shop.place.fetch("SELECT id, note FROM orders ORDER BY id") == [(4, "x"), (5, "x")]


def test_sql_reads_a_table_on_a_connection(shop: Shop) -> None:
    with shop.run() as (session, glue, job), sql_too(shop.engine, session):
        assert glue.spark_session.table("db.orders").count() == 3
        rows = glue.spark_session.sql("SELECT sum(id) AS s FROM db.orders WHERE id > 1").collect()
        assert rows[0]["s"] == 5
        glue.spark_session.sql("DROP TABLE db.orders")
        job.commit()
    assert shop.there() == [1, 2, 3]
    assert "DROP TABLE db.orders: the rows of the table stay where they are" in session.summary().notes


def sql_too(engine: Engine, session: Any) -> Any:
    class Both:
        def __init__(self) -> None:
            self.inner: Any = None

        def __enter__(self) -> None:
            from placekeeper.runtime.engines.patches import Patches

            self.before = engine._patches  # type: ignore[attr-defined]
            engine._patches = Patches()  # type: ignore[attr-defined]
            engine.pass_on(session, session.sql_tables)

        def __exit__(self, *_: Any) -> None:
            engine._patches.undo()  # type: ignore[attr-defined]
            engine._patches = self.before  # type: ignore[attr-defined]

    return Both()


def test_what_does_not_go_together_is_refused_before_anything_is_asked(shop: Shop) -> None:
    with shop.run() as (_, glue, _job):
        read = glue.create_dynamic_frame.from_options
        with pytest.raises(UnsupportedFeature, match="filterPredicate is not there for databases"):
            read("postgresql", {**shop.login, "dbtable": "orders", "filterPredicate": "id > 1"})
        with pytest.raises(
            UsageError, match="connection_type is 'mysql', and the option url is of postgresql"
        ):
            read("mysql", {**shop.login, "dbtable": "orders"})
