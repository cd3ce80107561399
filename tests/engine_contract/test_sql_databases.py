"""INSERT, insertInto and saveAsTable into tables of databases that the catalog describes."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import PySparkException

from database_servers import Place, postgres_place
from database_writes import left_staged
from placekeeper.model.errors import StagedPathRead, UnsupportedFeature
from placekeeper.rules.databases.jdbc_urls import url_of
from placekeeper.runtime.engines.base import Engine
from postgres import PostgresServer
from scripts_in_process import new_state, scripts
from sql_shop import Shop

pytestmark = pytest.mark.spark_tests(2)

COLUMNS = [("id", "int"), ("amount", "decimal(10,2)"), ("note", "string")]
SCHEMA = "id int, amount decimal(10,2), note string"


class DatabaseShop(Shop):
    """The database `shop` of the catalog; its table `orders` is one of PostgreSQL, with a row."""

    place: Place

    def orders(self) -> list[tuple[Any, ...]]:
        return self.place.fetch("SELECT id, amount, note FROM orders ORDER BY id")

    def define(self, columns: list[tuple[str, str]]) -> None:
        login = self.place.login
        properties = {
            "JDBC_CONNECTION_URL": url_of(login),
            "USERNAME": login.user,
            "PASSWORD": login.password,
        }
        spec = {"Name": "pg", "ConnectionType": "JDBC", "ConnectionProperties": properties}
        self.control.connections.create(spec, {}, validates=False)
        storage = {
            "Columns": [{"Name": name, "Type": type} for name, type in columns],
            "Location": f"{login.database}.public.orders",
        }
        parameters = {"classification": "postgresql", "connectionName": "pg"}
        table = {"Name": "orders", "StorageDescriptor": storage, "Parameters": parameters}
        self.catalog.create_table("shop", table)


@pytest.fixture
def bare(
    engine: Engine, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DatabaseShop]:
    state = new_state(tmp_path)
    with scripts(state, engine, monkeypatch) as run:
        made = DatabaseShop(state, run, engine, tmp_path)
        made.place = postgres_place(postgres)
        made.place.run(
            "CREATE TABLE orders (id INT PRIMARY KEY, amount NUMERIC(10, 2) DEFAULT 7, note TEXT)",
            "INSERT INTO orders VALUES (0, 0, 'there')",
        )
        yield made
    state.close()


@pytest.fixture
def shop(bare: DatabaseShop) -> DatabaseShop:
    bare.define(COLUMNS)
    return bare


def _frame(spark: Any) -> Any:
    return spark.createDataFrame([(1, Decimal("1.50"), "a")], SCHEMA)


THERE, NEW = (0, Decimal(0), "there"), (1, Decimal("1.50"), "a")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("INSERT INTO shop.orders SELECT 1, 1.5, 'a'", [THERE, NEW]),
        ("INSERT INTO shop.orders VALUES (1, 1.5, 'a')", [THERE, NEW]),
        ("INSERT INTO shop.orders (note, id) SELECT 'a', 1", [THERE, (1, Decimal(7), "a")]),
        ("INSERT OVERWRITE shop.orders SELECT 1, 1.5, 'a'", [NEW]),
        ("INSERT OVERWRITE shop.orders SELECT id + 1, 1.5, 'a' FROM shop.orders", [NEW]),
        (lambda spark: _frame(spark).write.insertInto("shop.orders"), [THERE, NEW]),
        (lambda spark: _frame(spark).write.insertInto("shop.orders", overwrite=True), [NEW]),
        (
            lambda spark: (
                _frame(spark).select("note", "amount", "id").write.mode("append").saveAsTable("shop.orders")
            ),
            [THERE, NEW],
        ),
    ],
    ids=[
        "into",
        "values",
        "listed",
        "overwrite",
        "itself",
        "insertInto",
        "insertInto-overwrite",
        "saveAsTable",
    ],
)
def test_rows_are_in_the_table_when_the_run_commits(
    shop: DatabaseShop, statement: Any, expected: list[tuple[Any, ...]]
) -> None:
    seen: list[Any] = []
    shop.run(statement, lambda _: seen.extend(shop.orders()))
    assert (seen, shop.orders()) == ([THERE], expected)
    assert left_staged(shop.place) == []


def test_a_run_that_fails_inserts_nothing(shop: DatabaseShop) -> None:
    shop.failed("INSERT OVERWRITE shop.orders SELECT 1, 1.5, 'a'")
    assert (shop.orders(), left_staged(shop.place)) == ([THERE], [])


def test_what_waits_is_not_read(shop: DatabaseShop) -> None:
    with pytest.raises(StagedPathRead):
        shop.run("INSERT INTO shop.orders SELECT 1, 1.5, 'a'", lambda spark: spark.table("shop.orders"))
    assert shop.orders() == [THERE]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("INSERT OVERWRITE shop.orders PARTITION (id = 1) SELECT 1.5, 'a'", "no partitions: leave PARTITION"),
        ("INSERT INTO shop.orders PARTITION (id = 1) SELECT 1.5, 'a'", "no partitions: leave PARTITION"),
        (lambda spark: _frame(spark).write.mode("overwrite").saveAsTable("shop.orders"), "insertInto"),
    ],
    ids=["overwrite", "into", "saveAsTable"],
)
def test_what_a_database_does_not_take_is_refused(
    shop: DatabaseShop, statement: str | Callable[[Any], object], said: str
) -> None:
    with pytest.raises(UnsupportedFeature, match=said):
        shop.run(statement)
    assert shop.orders() == [THERE]


def test_a_table_without_columns_in_the_catalog_is_refused(bare: DatabaseShop) -> None:
    bare.define([])
    with pytest.raises(UnsupportedFeature, match="names no columns"):
        bare.run("INSERT INTO shop.orders SELECT 1, 1.5, 'a'")


def test_values_that_the_table_does_not_take_fail_the_run(shop: DatabaseShop) -> None:
    shop.place.run("ALTER TABLE orders ALTER amount TYPE NUMERIC(5, 1)")
    with pytest.raises(PySparkException, match=r"the column amount .* does not take '1.25' exactly"):
        shop.run("INSERT INTO shop.orders SELECT 1, 1.25, 'a'")
    assert shop.orders() == [THERE]
