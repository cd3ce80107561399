"""Targets in databases: which tables they mean, and what the catalog says of them."""

import pytest

from placekeeper.model.errors import UsageError
from placekeeper.rules.crawling.jdbc_targets import (
    DatabaseTableFound,
    TargetPath,
    excluded,
    table_found,
    table_name,
    target_path,
)


@pytest.mark.parametrize(
    ("path", "has_schemas", "expected"),
    [
        ("shop/public/orders", True, TargetPath("shop", "public", "orders")),
        ("shop/public/%", True, TargetPath("shop", "public", "%")),
        ("shop/%", True, TargetPath("shop", "%", "%")),
        ("shop", True, TargetPath("shop", "%", "%")),
        ("/shop/public/", True, TargetPath("shop", "public", "%")),
        ("shop/orders", False, TargetPath("shop", "", "orders")),
        ("shop", False, TargetPath("shop", "", "%")),
        ("shop/%/orders", False, TargetPath("shop", "", "orders")),
    ],
)
def test_a_path_names_database_schema_and_table(path: str, has_schemas: bool, expected: TargetPath) -> None:
    assert target_path(path, has_schemas=has_schemas) == expected


@pytest.mark.parametrize("path", ["", "/", "a/b/c/d"])
def test_another_path_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="is database/schema/table, or database/table"):
        target_path(path, has_schemas=True)


def test_percent_stands_for_any_characters() -> None:
    path = target_path("shop/pub%/%ord_rs%", has_schemas=True)
    assert path.means("shop", "Public", "old_ORD_RS_2")
    assert not path.means("shop", "public", "orders")  # _ is itself
    assert not path.means("other", "public", "ord_rs")
    assert target_path("shop/a.b", has_schemas=False).means("shop", "", "a.b")
    assert not target_path("shop/a.b", has_schemas=False).means("shop", "", "axb")


@pytest.mark.parametrize(
    ("glob", "is_excluded"),
    [
        ("orders", True),
        ("ord*", True),
        ("ord%", True),
        ("public/ord*", True),
        ("shop/public/*", True),
        ("shop/**", True),
        ("customers", False),
        ("other/*", False),
        ("public", False),
    ],
)
def test_a_glob_leaves_a_table_out(glob: str, is_excluded: bool) -> None:
    assert excluded(["x", glob], "shop", "public", "orders") is is_excluded


def test_a_table_says_what_aws_says() -> None:
    found = DatabaseTableFound(
        database="Shop",
        schema="public",
        name="Order Lines",
        location='Shop.public."Order Lines"',
        columns=(("id", "bigint"),),
        is_view=True,
    )
    known = {"Parameters": {"hashfield": "id", "mine": "x"}}
    table = table_found(found, crawler="c", connection="pg", classification="postgresql", known=known)
    assert table.name == table_name("Shop", "public", "Order Lines") == "shop_public_order_lines"
    parameters = table.spec["Parameters"]
    assert parameters == table.spec["StorageDescriptor"]["Parameters"]
    assert {
        name: parameters[name] for name in ("classification", "connectionName", "typeOfData", "hashfield")
    } == {
        "classification": "postgresql",
        "connectionName": "pg",
        "typeOfData": "view",
        "hashfield": "id",
    }
    assert "mine" not in parameters
    assert table.spec["StorageDescriptor"]["Location"] == 'Shop.public."Order Lines"'
    assert table.spec["StorageDescriptor"]["Columns"] == [{"Name": "id", "Type": "bigint"}]
