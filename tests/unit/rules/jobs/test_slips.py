"""A misspelt name is noticed, a deliberate one is not accused."""

import pytest

from placekeeper.rules.jobs.slips import failed_on_arguments, misspelt

KNOWN = ["flights", "orders"]


@pytest.mark.parametrize("name", ["order", "ordrs", "oders", "orderss", "Orders", "odrers", "ordexs"])
def test_slips(name: str) -> None:
    assert misspelt(name, KNOWN) == "orders"


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "orders2",
        "orders_v2",
        "orders-dev",
        "dev-orders",
        "customers",
        "refunds",
        "or",
        "ordersdaily",
    ],
)
def test_names_that_are_meant(name: str) -> None:
    assert misspelt(name, KNOWN) is None


def test_errors_of_arguments() -> None:
    assert failed_on_arguments("GlueArgumentError: the following arguments are required: --source")
    assert not failed_on_arguments("RecordUnreadable: file:///a: line 2")
    assert not failed_on_arguments(None)
