"""boto3 against the server: statistics of columns of tables and partitions, and many partitions updated."""

from datetime import UTC, datetime
from typing import Any

import pytest

OF: dict[str, Any] = {"DatabaseName": "d", "TableName": "t"}
EU = {"PartitionValues": ["eu"]}
COLUMNS = [
    {"Name": "Id", "Type": "bigint"},
    {"Name": "price", "Type": "decimal(10,2)"},
    {"Name": "day", "Type": "date"},
]
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def statistics(name: str, type: str = "LONG", **figures: Any) -> dict[str, Any]:
    member = f"{type.capitalize()}ColumnStatisticsData"
    data = {"Type": type, member: {"NumberOfNulls": 1, "NumberOfDistinctValues": 2, **figures}}
    return {"ColumnName": name, "ColumnType": "x", "AnalyzedTime": AT, "StatisticsData": data}


ALL = [
    statistics("id", MinimumValue=-5, MaximumValue=2**40),
    statistics("price", "DECIMAL", MinimumValue={"UnscaledValue": b"\x01\x00\xff", "Scale": 2}),
    statistics("day", "DATE", MinimumValue=AT, MaximumValue=AT),
]


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def table(glue: Any) -> Any:
    glue.create_database(DatabaseInput={"Name": "d"})
    keys = [{"Name": "region", "Type": "string"}]
    spec = {"Name": "t", "PartitionKeys": keys, "StorageDescriptor": {"Columns": COLUMNS}}
    glue.create_table(DatabaseName="d", TableInput=spec)
    glue.batch_create_partition(**OF, PartitionInputList=[{"Values": [v]} for v in ("eu", "us")])
    return glue


def of_table(glue: Any, *names: str) -> Any:
    return glue.get_column_statistics_for_table(**OF, ColumnNames=names)


def of_partition(glue: Any, *names: str) -> Any:
    return glue.get_column_statistics_for_partition(**OF, **EU, ColumnNames=names)


def test_statistics_come_back_as_they_were_sent(table: Any) -> None:
    assert table.update_column_statistics_for_table(**OF, ColumnStatisticsList=ALL)["Errors"] == []
    found = of_table(table, "day", "ID", "price", "absent")
    assert found["ColumnStatisticsList"] == [ALL[2], ALL[0], ALL[1]]
    assert [(e["ColumnName"], e["Error"]["ErrorCode"]) for e in found["Errors"]] == [
        ("absent", "EntityNotFoundException")
    ]
    changed = statistics("ID", MinimumValue=0)
    table.update_column_statistics_for_table(**OF, ColumnStatisticsList=[changed])
    assert of_table(table, "id")["ColumnStatisticsList"] == [changed]
    table.delete_column_statistics_for_table(**OF, ColumnName="Id")
    assert of_table(table, "id")["ColumnStatisticsList"] == []
    with pytest.raises(table.exceptions.EntityNotFoundException):
        table.delete_column_statistics_for_table(**OF, ColumnName="id")


def test_a_partition_has_its_own(table: Any) -> None:
    table.update_column_statistics_for_partition(**OF, **EU, ColumnStatisticsList=ALL[:1])
    assert of_partition(table, "id")["ColumnStatisticsList"] == ALL[:1]
    assert of_table(table, "id")["ColumnStatisticsList"] == []
    us = table.get_column_statistics_for_partition(**OF, PartitionValues=["us"], ColumnNames=["id"])
    assert us["ColumnStatisticsList"] == []
    table.update_partition(
        **OF, PartitionValueList=["eu"], PartitionInput={"Values": ["eu"], "Parameters": {}}
    )
    assert of_partition(table, "id")["ColumnStatisticsList"] == ALL[:1]
    table.delete_column_statistics_for_partition(**OF, **EU, ColumnName="id")
    table.update_column_statistics_for_partition(**OF, **EU, ColumnStatisticsList=ALL)
    table.delete_partition(**OF, **EU)
    with pytest.raises(table.exceptions.EntityNotFoundException, match=r"Cannot find partition\."):
        of_partition(table, "id")
    table.create_partition(**OF, PartitionInput={"Values": ["eu"]})
    assert of_partition(table, "id")["ColumnStatisticsList"] == []


def test_columns_that_cannot_be_updated_are_named(table: Any) -> None:
    wrong = {**ALL[0], "StatisticsData": {"Type": "STRING", **ALL[0]["StatisticsData"]} | {"Type": "STRING"}}
    sent = [statistics("absent"), wrong, ALL[1]]
    errors = table.update_column_statistics_for_table(**OF, ColumnStatisticsList=sent)["Errors"]
    assert [(e["ColumnStatistics"], e["Error"]["ErrorCode"]) for e in errors] == [
        (sent[0], "EntityNotFoundException"),
        (wrong, "InvalidInputException"),
    ]
    assert of_table(table, "price")["ColumnStatisticsList"] == [ALL[1]]


def test_many_partitions_are_updated_each_for_itself(table: Any) -> None:
    entries = [
        {"PartitionValueList": ["eu"], "PartitionInput": {"Values": ["eu"], "Parameters": {"numRows": "7"}}},
        {"PartitionValueList": ["asia"], "PartitionInput": {"Values": ["asia"]}},
        {"PartitionValueList": ["us"], "PartitionInput": {"Values": ["eu"]}},
        {"PartitionValueList": ["us"], "PartitionInput": {"Values": ["us", "more"]}},
        {"PartitionValueList": ["us"], "PartitionInput": {"Values": ["af"]}},
    ]
    errors = table.batch_update_partition(**OF, Entries=entries)["Errors"]
    assert [(e["PartitionValueList"], e["ErrorDetail"]["ErrorCode"]) for e in errors] == [
        (["asia"], "EntityNotFoundException"),
        (["us"], "InvalidInputException"),
        (["us"], "InvalidInputException"),
    ]
    found = table.get_partitions(**OF, Expression="region IN ('eu', 'af')")["Partitions"]
    assert [(each["Values"], each.get("Parameters")) for each in found] == [
        (["eu"], {"numRows": "7"}),
        (["af"], None),
    ]
    with pytest.raises(table.exceptions.EntityNotFoundException, match="Table absent not found"):
        table.batch_update_partition(DatabaseName="d", TableName="absent", Entries=entries)
