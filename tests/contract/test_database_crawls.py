"""Crawls of databases: which tables they find, what they say of them, and what is gone."""

from pathlib import Path
from typing import Any

import pytest

from database_servers import Place, mariadb_place, postgres_place, sqlite_place
from placekeeper.databases.databases import SqlDatabases
from placekeeper.model.crawling import FoundTable, KnownTable
from placekeeper.model.errors import DatabaseFailed, UsageError
from placekeeper.rules.databases.jdbc_urls import url_of
from placekeeper.runtime.crawling.databases import DatabaseCrawl


@pytest.fixture(params=["mysql", "postgresql", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A database with two tables and a view."""
    if request.param == "postgresql":
        place = postgres_place(request.getfixturevalue("postgres"))
        place.run('CREATE SCHEMA "Old Sales"', 'CREATE TABLE "Old Sales"."Orders.2" (id bigint)')
    elif request.param == "mysql":
        place = mariadb_place(request.getfixturevalue("mariadb"))
    else:
        place = sqlite_place(tmp_path)
    place.run(
        "CREATE TABLE orders (Id bigint PRIMARY KEY, amount decimal(10, 2), day date)",
        "CREATE TABLE customers (id int)",
        "CREATE VIEW big_orders AS SELECT * FROM orders",
    )
    return place


def connection(place: Place, **more: str) -> dict[str, dict[str, Any]]:
    login = place.login
    said = {"JDBC_CONNECTION_URL": url_of(login), "USERNAME": login.user, "PASSWORD": login.password}
    return {"shop": {"Name": "shop", "ConnectionType": "JDBC", "ConnectionProperties": {**said, **more}}}


class Crawl:
    def __init__(self, place: Place, known: list[FoundTable] | None = None) -> None:
        self.place = place
        self.said: list[str] = []
        tables = [KnownTable(database="db", name=one.name, spec=one.spec) for one in known or ()]
        self.crawl = DatabaseCrawl(SqlDatabases(), "c", connection(place), tables, self.said.append)

    def tables(self, path: str, *exclusions: str) -> list[FoundTable]:
        return self.crawl.tables({"ConnectionName": "shop", "Path": path, "Exclusions": list(exclusions)})

    def names(self, path: str, *exclusions: str) -> list[str]:
        """The names without that of the database."""
        return [one.name.removeprefix(f"{self.database}_") for one in self.tables(path, *exclusions)]

    @property
    def database(self) -> str:
        return "shop" if self.place.product == "sqlite" else self.place.login.database


def test_a_path_means_tables_and_views(shop: Place) -> None:
    crawl = Crawl(shop)
    base = crawl.database if shop.product != "postgresql" else f"{crawl.database}/public"
    prefix = "" if shop.product != "postgresql" else "public_"
    assert crawl.names(f"{base}/%") == [f"{prefix}big_orders", f"{prefix}customers", f"{prefix}orders"]
    assert crawl.names(f"{base}/%ORDERS") == [f"{prefix}big_orders", f"{prefix}orders"]
    assert crawl.names(f"{base}/%", "big*") == [f"{prefix}customers", f"{prefix}orders"]
    assert "1 excluded by Exclusions" in crawl.said[-1]


def test_a_table_says_where_it_is_and_what_it_has(shop: Place) -> None:
    orders = next(
        one
        for one in Crawl(shop).tables(f"{Crawl(shop).database}/%")
        if "big" not in one.name and "orders" in one.name and "old" not in one.name
    )
    storage, database = orders.spec["StorageDescriptor"], shop.login.database
    expected = {
        "mysql": f"{database}.orders",
        "postgresql": f"{database}.public.orders",
        "sqlite": "orders",
    }
    assert storage["Location"] == expected[shop.product]
    types = {column["Name"]: column["Type"] for column in storage["Columns"]}
    assert types["id"] == "bigint"
    assert types["day"] == ("string" if shop.product == "sqlite" else "date")
    assert types["amount"].startswith("decimal(")
    parameters = orders.spec["Parameters"]
    assert (parameters["classification"], parameters["connectionName"]) == (shop.product, "shop")
    assert parameters["typeOfData"] == "table"


def test_only_tables_that_the_database_has_no_more_are_gone(shop: Place) -> None:
    found = Crawl(shop).tables(f"{Crawl(shop).database}/%")
    shop.run("DROP TABLE customers")
    again = Crawl(shop, known=found)
    again.tables(f"{again.database}/%", "*orders")
    assert [
        name.removeprefix(f"{again.database}_").removeprefix("public_") for _, name in again.crawl.gone()
    ] == ["customers"]
    elsewhere = Crawl(shop, known=found)
    elsewhere.tables(f"{elsewhere.database}/%ord%")
    assert elsewhere.crawl.gone() == []


def test_schemas_and_names_with_blanks_are_quoted_in_the_location(postgres: Any) -> None:
    place = postgres_place(postgres)
    place.run('CREATE SCHEMA "Old Sales"', 'CREATE TABLE "Old Sales"."Orders.2" (id bigint)')
    found = Crawl(place).tables(f"{place.login.database}/Old%/%")
    assert [one.spec["StorageDescriptor"]["Location"] for one in found] == [
        f'{place.login.database}."Old Sales"."Orders.2"'
    ]
    assert [one.name for one in found] == [f"{place.login.database}_old_sales_orders_2"]


def test_a_database_that_does_not_answer_fails_the_crawl(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)
    Path(place.login.database).write_bytes(b"no database at all, and long enough to be none" * 9)
    with pytest.raises(DatabaseFailed):
        Crawl(place).tables("shop/%")


def test_a_connection_that_is_not_there_is_named(tmp_path: Path) -> None:
    crawl = DatabaseCrawl(SqlDatabases(), "c", {}, (), print)
    with pytest.raises(UsageError, match="the connection shop of a JDBC target is not in the Data Catalog"):
        crawl.tables({"ConnectionName": "shop", "Path": "a/%"})
