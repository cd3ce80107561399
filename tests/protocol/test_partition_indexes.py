"""boto3 against the server: partition indexes."""

from typing import Any

import pytest

OF: dict[str, str] = {"DatabaseName": "d", "TableName": "t"}
KEYS = [
    {"Name": "Year", "Type": "int"},
    {"Name": "region", "Type": "varchar(8)"},
    {"Name": "x", "Type": "double"},
]


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def table(glue: Any) -> Any:
    glue.create_database(DatabaseInput={"Name": "d"})
    indexes = [{"IndexName": "by_year", "Keys": ["year"]}]
    glue.create_table(
        DatabaseName="d", TableInput={"Name": "t", "PartitionKeys": KEYS}, PartitionIndexes=indexes
    )
    return glue


def create(glue: Any, name: str, *keys: str) -> None:
    glue.create_partition_index(**OF, PartitionIndex={"IndexName": name, "Keys": list(keys)})


def names(glue: Any) -> list[str]:
    pages = glue.get_paginator("get_partition_indexes").paginate(**OF)
    return [index["IndexName"] for page in pages for index in page["PartitionIndexDescriptorList"]]


def test_indexes_are_active_at_once(table: Any) -> None:
    create(table, "both", "region", "YEAR")
    assert table.get_partition_indexes(**OF)["PartitionIndexDescriptorList"] == [
        {"IndexName": "by_year", "Keys": [{"Name": "Year", "Type": "int"}], "IndexStatus": "ACTIVE"},
        {
            "IndexName": "both",
            "Keys": [{"Name": "region", "Type": "varchar(8)"}, {"Name": "Year", "Type": "int"}],
            "IndexStatus": "ACTIVE",
        },
    ]
    table.delete_partition_index(**OF, IndexName="by_year")
    assert names(table) == ["both"]
    table.create_table(DatabaseName="d", TableInput={"Name": "u"})
    assert table.get_partition_indexes(DatabaseName="d", TableName="u")["PartitionIndexDescriptorList"] == []


def test_an_index_survives_an_update_of_its_table(table: Any) -> None:
    table.update_table(DatabaseName="d", TableInput={"Name": "t", "PartitionKeys": KEYS, "Owner": "us"})
    assert names(table) == ["by_year"]
    with pytest.raises(table.exceptions.InvalidInputException, match="by_year names year"):
        table.update_table(DatabaseName="d", TableInput={"Name": "t", "PartitionKeys": KEYS[1:]})


def test_indexes_that_cannot_be(table: Any) -> None:
    with pytest.raises(table.exceptions.AlreadyExistsException):
        create(table, "by_year", "region")
    for keys in (["absent"], ["year", "Year"], ["x"]):
        with pytest.raises(table.exceptions.InvalidInputException):
            table.create_partition_index(**OF, PartitionIndex={"IndexName": "i", "Keys": keys})
    with pytest.raises(table.exceptions.InvalidInputException, match="partition keys are: none"):
        table.create_table(
            DatabaseName="d", TableInput={"Name": "u"}, PartitionIndexes=[{"IndexName": "i", "Keys": ["a"]}]
        )
    create(table, "two", "region")
    create(table, "three", "region", "year")
    with pytest.raises(table.exceptions.ResourceNumberLimitExceededException, match="3 partition indexes"):
        create(table, "four", "year")
    assert names(table) == ["by_year", "two", "three"]


def test_indexes_and_tables_that_are_not_there(table: Any) -> None:
    for ask in (
        lambda: table.delete_partition_index(**OF, IndexName="absent"),
        lambda: table.get_partition_indexes(DatabaseName="d", TableName="absent"),
        lambda: table.delete_partition_index(DatabaseName="d", TableName="absent", IndexName="by_year"),
    ):
        with pytest.raises(table.exceptions.EntityNotFoundException):
            ask()
