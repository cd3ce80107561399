"""Names of tables, as scripts and the catalog write them."""

import pytest

from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.errors import UsageError
from placekeeper.rules.databases.table_names import name_parts, shown_name, subquery_of, table_of


def table(text: str, product: str, **more: str) -> tuple[str, str, str]:
    user = more.pop("user", "u")
    login = Login(product=product, host="h", database="shop", user=user, parameters=more)
    found, database = table_of(text, login, "the option dbtable")
    assert isinstance(found, DatabaseTable)
    return database, found.schema, found.name


@pytest.mark.parametrize(
    ("text", "product", "expected"),
    [
        ("orders", "postgresql", ("", "public", "orders")),
        ("sales.orders", "postgresql", ("", "sales", "orders")),
        ("shop.sales.orders", "postgresql", ("shop", "sales", "orders")),
        ('"My Sales"."A.b"', "postgresql", ("", "My Sales", "A.b")),
        ('"a""b"', "postgresql", ("", "public", 'a"b')),
        ("orders", "redshift", ("", "public", "orders")),
        ("Shop.Sales.Orders_2024", "postgresql", ("Shop", "sales", "orders_2024")),
        ('Sales."Orders"', "redshift", ("", "sales", "Orders")),
        ("Shop.Orders", "mysql", ("Shop", "", "Orders")),
        ("Sales.Orders", "sqlserver", ("", "Sales", "Orders")),
        ("orders", "mysql", ("", "", "orders")),
        ("shop2.orders", "mysql", ("shop2", "", "orders")),
        ("`my shop`.`or``ders`", "mariadb", ("my shop", "", "or`ders")),
        ("main.orders", "sqlite", ("main", "", "orders")),
        ("orders", "sqlserver", ("", "dbo", "orders")),
        ("[My Sales].[orders]", "sqlserver", ("", "My Sales", "orders")),
        ("orders", "oracle", ("", "U", "orders")),
        ("ORCL.SCOTT.EMP", "oracle", ("ORCL", "SCOTT", "EMP")),
        ("orders", "snowflake", ("", "PUBLIC", "orders")),
    ],
)
def test_a_name_has_the_schema_of_its_product(text: str, product: str, expected: tuple[str, ...]) -> None:
    assert table(text, product) == expected


def test_a_name_of_the_catalog_is_that_of_the_table() -> None:
    login = Login(product="postgresql", host="h", database="shop", user="u")
    assert table_of("shop.public.Orders", login, "Location", is_exact=True)[0].name == "Orders"


def test_a_login_may_say_the_schema() -> None:
    assert table("orders", "postgresql", currentSchema="sales") == ("", "sales", "orders")
    assert table("orders", "snowflake", schema="SALES") == ("", "SALES", "orders")


@pytest.mark.parametrize("text", ["", " ", "a.b.c.d", "a..b", '"a', "a.", '"a"b', 7, None])
def test_another_form_is_refused(text: object) -> None:
    with pytest.raises(UsageError, match=r"^dbtable is the name of a table, such as"):
        name_parts(text, "dbtable")


def test_names_are_shown_so_that_they_come_back() -> None:
    for parts in (["a", "b"], ["A.b", 'c"d'], ["x y"]):
        assert name_parts(shown_name(parts), "x") == parts


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("(select * from t) as t", "select * from t"),
        ("( SELECT (1) FROM t ) x", "SELECT (1) FROM t"),
        ("(with a as (select 1) select * from a)", "with a as (select 1) select * from a"),
        ("orders", ""),
        ('"select"', ""),
    ],
)
def test_a_query_in_brackets_stands_for_a_table(text: str, query: str) -> None:
    assert subquery_of(text) == query
