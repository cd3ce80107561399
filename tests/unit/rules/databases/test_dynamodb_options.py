"""The options of DynamoDB, as scripts and tables of the catalog say them."""

from typing import Any

import pytest

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.rules.databases.dynamodb_options import Place, place_of_table, put_options, scan_options

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/Orders"


def test_options_may_be_texts_or_numbers() -> None:
    given: dict[str, Any] = {"dynamodb.input.tableName": "Orders", "dynamodb.splits": "10"}
    assert scan_options(given).segments == scan_options(given | {"dynamodb.splits": 10}).segments == 10
    assert scan_options({"'dynamodb.input.tableName'": "Orders"}).place.table == "Orders"


def test_a_table_may_be_named_by_its_arn_and_a_region_said_counts_more() -> None:
    given = {"dynamodb.input.tableName": ARN, "dynamodb.sts.roleArn": "arn:aws:iam::1:role/r"}
    assert scan_options(given).place == Place(
        table="Orders", region="eu-west-1", role="arn:aws:iam::1:role/r"
    )
    assert scan_options(given | {"dynamodb.region": "us-east-2"}).place.region == "us-east-2"


def test_options_without_effect_are_said() -> None:
    given = {
        "dynamodb.output.tableName": "Orders",
        "dynamodb.throughput.write.percent": "0.5",
        "dynamodb.output.retrys": 3,
        "dynamodb.splits": 5,
    }
    assert [note.partition(":")[0] for note in put_options(given).notes] == [
        "dynamodb.output.retrys is ignored",
        "dynamodb.splits is ignored",
    ]
    assert "did you mean dynamodb.output.retry?" in put_options(given).notes[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, r"is not named: say \{'dynamodb.output.tableName'"),
        ({"dynamodb.output.tableNam": "Orders"}, r"did you mean dynamodb\.output\.tableNam\?"),
        ({"dynamodb.output.tableName": "a b"}, "3 to 255 of a-z"),
        ({"dynamodb.output.tableName": "Orders", "dynamodb.output.retry": -1}, "a whole number, 0 or more"),
        ({"dynamodb.output.tableName": "Orders", "dynamodb.output.numParallelTasks": 0}, "1 or more, not 0"),
    ],
)
def test_wrong_options_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        put_options(given)


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({"StorageDescriptor": {"Location": ARN}}, Place(table="Orders", region="eu-west-1")),
        ({"StorageDescriptor": {"Location": "Orders"}}, Place(table="Orders")),
        ({"Parameters": {"dynamodb.table.name": "Orders"}}, Place(table="Orders")),
    ],
)
def test_a_table_of_the_catalog_says_which_table_it_is(spec: dict[str, Any], wanted: Place) -> None:
    assert place_of_table("d.t", spec) == wanted


def test_a_table_of_the_catalog_that_says_none_is_refused_by_name() -> None:
    with pytest.raises(
        UnsupportedFeature, match=r"the table d\.t is of DynamoDB, and does not say which one"
    ):
        place_of_table("d.t", {"StorageDescriptor": {"Location": "s3://b/x"}})
