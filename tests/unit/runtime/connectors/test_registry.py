"""The kind of a table decides who reads and writes it."""

from typing import Any

import pytest

from placekeeper.databases.products import PRODUCTS
from placekeeper.databases.writing.products import PRODUCTS as WRITTEN
from placekeeper.model.catalog import TableDefinition, TableRef
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.table_kinds import REFUSED, TableKind
from placekeeper.runtime.connectors.registry import (
    CONNECTIONS,
    TABLES,
    connection_of_table,
    source_for,
    target_for,
)


class Tables:
    """A catalog of one table, shop.items."""

    def __init__(self, spec: dict[str, Any] | None) -> None:
        self._spec = spec

    def definition(self, ref: TableRef) -> TableDefinition:
        assert ref == TableRef(database="shop", name="items")
        return TableDefinition(spec=self._spec)


@pytest.mark.parametrize("spec", [None, {}, {"Parameters": {"classification": "csv"}}])
def test_what_says_no_kind_is_made_of_files(spec: dict[str, Any] | None) -> None:
    assert connection_of_table(Tables(spec).definition, ("Shop", "Items")) is TABLES[TableKind.FILES]


def test_a_table_on_a_connection_is_one_of_a_database() -> None:
    spec = {"Parameters": {"classification": "postgresql", "connectionName": "pg"}}
    assert connection_of_table(Tables(spec).definition, ("shop", "items")) is TABLES[TableKind.JDBC]


def test_a_collection_is_refused() -> None:
    spec = {"Parameters": {"classification": "mongodb", "connectionName": "m"}}
    with pytest.raises(UnsupportedFeature, match=r"^the table shop\.items is a collection of MongoDB"):
        connection_of_table(Tables(spec).definition, ("shop", "items"))


def test_each_kind_is_read_or_refused() -> None:
    assert sorted([*TABLES, *REFUSED]) == sorted(TableKind)


@pytest.mark.parametrize("product", sorted(WRITTEN))
def test_each_written_product_is_a_connection_type(product: str) -> None:
    assert target_for(CONNECTIONS, product) is target_for(CONNECTIONS, "jdbc")


@pytest.mark.parametrize("product", sorted(WRITTEN.keys() - PRODUCTS.keys()))
def test_a_product_that_is_only_written_is_not_read(product: str) -> None:
    with pytest.raises(UnsupportedFeature, match=f"connection_type '{product}' is not there yet") as raised:
        source_for(CONNECTIONS, product)
    assert product not in str(raised.value).partition("Placekeeper reads ")[2]
