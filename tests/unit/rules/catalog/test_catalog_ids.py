"""Which catalog a request means."""

import pytest

from placekeeper.model.account import Account
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.rules.catalog.catalog_ids import catalog_of

NAMED = Account(id="123456789012", is_named=True)
OTHER = "210987654321"


@pytest.mark.parametrize(
    ("given", "account", "catalog"),
    [
        (None, Account(), "000000000000"),
        (None, NAMED, "123456789012"),
        ("123456789012", NAMED, "123456789012"),
        (OTHER, Account(), OTHER),
    ],
)
def test_the_catalog_of_a_request(given: str | None, account: Account, catalog: str) -> None:
    assert catalog_of(given, account) == catalog


@pytest.mark.parametrize(
    ("given", "account"),
    [(OTHER, NAMED), (f"{OTHER}:inner", Account()), ("hive", Account()), (f"{OTHER}\n", Account())],
)
def test_a_catalog_that_is_not_there(given: str, account: Account) -> None:
    with pytest.raises(EntityNotFoundException, match="This server has one catalog"):
        catalog_of(given, account)
