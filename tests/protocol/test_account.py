"""boto3 against the server: its account, and the catalog that a request means."""

from typing import Any

import boto3
import pytest

from placekeeper.model.account import Account

NAMED = "123456789012"
OTHER = "210987654321"

named = pytest.mark.parametrize("account", [Account(id=NAMED, is_named=True)])


@pytest.fixture
def shop(glue: Any) -> Any:
    glue.create_database(DatabaseInput={"Name": "shop"})
    glue.create_table(DatabaseName="shop", TableInput={"Name": "sales", "PartitionKeys": [{"Name": "year"}]})
    glue.create_partition(DatabaseName="shop", TableName="sales", PartitionInput={"Values": ["2026"]})
    return glue


def catalogs(glue: Any, **sent: str) -> set[str]:
    """The CatalogIds in the answers to requests with this CatalogId."""
    one = {"DatabaseName": "shop", "TableName": "sales", **sent}
    return {
        found["CatalogId"]
        for found in (
            glue.get_database(Name="shop", **sent)["Database"],
            *glue.get_databases(**sent)["DatabaseList"],
            glue.get_table(DatabaseName="shop", Name="sales", **sent)["Table"],
            *glue.get_tables(DatabaseName="shop", **sent)["TableList"],
            glue.get_partition(**one, PartitionValues=["2026"])["Partition"],
            *glue.get_partitions(**one)["Partitions"],
            *glue.batch_get_partition(**one, PartitionsToGet=[{"Values": ["2026"]}])["Partitions"],
        )
    }


def test_an_account_that_nobody_has_named_answers_to_every_number(shop: Any) -> None:
    assert catalogs(shop) == {"000000000000"}
    assert catalogs(shop, CatalogId=OTHER) == {OTHER}


@named
def test_an_account_that_somebody_has_named(shop: Any) -> None:
    assert catalogs(shop) == {NAMED}
    assert catalogs(shop, CatalogId=NAMED) == {NAMED}


@named
@pytest.mark.parametrize(
    ("foreign", "said"),
    [
        (OTHER, f"that of the account {NAMED}. To serve that account: placekeeper dev --account {OTHER}"),
        (f"{NAMED}:s3tablescatalog/bucket", f"one catalog, that of the account {NAMED}."),
        ("AwsDataCatalog", f"one catalog, that of the account {NAMED}."),
    ],
)
def test_a_foreign_catalog_is_not_found_and_nothing_is_done(shop: Any, foreign: str, said: str) -> None:
    for ask in (
        lambda: shop.get_database(Name="shop", CatalogId=foreign),
        lambda: shop.get_databases(CatalogId=foreign),
        lambda: shop.create_database(DatabaseInput={"Name": "other"}, CatalogId=foreign),
        lambda: shop.delete_database(Name="shop", CatalogId=foreign),
        lambda: shop.get_tables(DatabaseName="shop", CatalogId=foreign),
    ):
        with pytest.raises(shop.exceptions.EntityNotFoundException) as refused:
            ask()
        message = refused.value.response["Error"]["Message"]
        assert message.startswith(f"Catalog {foreign} not found.")
        assert message.endswith(said)
    assert [found["Name"] for found in shop.get_databases()["DatabaseList"]] == ["shop"]


def test_a_catalog_within_a_catalog_is_never_there(shop: Any) -> None:
    with pytest.raises(shop.exceptions.EntityNotFoundException):
        shop.get_databases(CatalogId=f"{OTHER}:inner")


@named
def test_sts_says_the_account(server: Any, aws_session: boto3.Session) -> None:
    sts = aws_session.client("sts", endpoint_url=server.url)
    identity = sts.get_caller_identity()
    sts.close()
    assert (identity["Account"], identity["Arn"]) == (NAMED, f"arn:aws:iam::{NAMED}:user/anybody")
