"""Calls of clients in the order in which they need them: Spark's client of Glue, Trino, Hudi, Terraform."""

from datetime import UTC, datetime
from typing import Any

import pytest

OF: dict[str, Any] = {"DatabaseName": "lake", "TableName": "events"}
KEYS = [{"Name": "day", "Type": "date"}, {"Name": "hour", "Type": "int"}]
STORAGE = {"Columns": [{"Name": "id", "Type": "bigint"}], "Location": "s3://lake/events/"}
TABLE: dict[str, Any] = {"Name": "events", "PartitionKeys": KEYS, "StorageDescriptor": STORAGE}


def partition(values: list[str]) -> dict[str, Any]:
    return {"Values": values, "StorageDescriptor": STORAGE}


PARTITIONS = [partition([f"2026-01-{day:02}", str(hour)]) for day in range(1, 11) for hour in range(10)]


@pytest.fixture
def lake(glue: Any) -> Any:
    glue.create_database(DatabaseInput={"Name": "lake"})
    glue.create_table(DatabaseName="lake", TableInput=TABLE)
    assert glue.batch_create_partition(**OF, PartitionInputList=PARTITIONS)["Errors"] == []
    return glue


def test_spark_shows_tables_and_prunes_partitions(lake: Any) -> None:
    lake.get_database(Name="lake")
    assert [t["Name"] for t in lake.get_tables(DatabaseName="lake", Expression="*")["TableList"]] == [
        "events"
    ]
    assert lake.get_tables(DatabaseName="lake", Expression="ev*|x")["TableList"]
    expression = "(day >= '2026-01-09') and (day <= '2026-01-10') and ((hour = 1) or (hour = 2))"
    found = [
        partition["Values"]
        for number in range(5)
        for page in lake.get_paginator("get_partitions").paginate(
            **OF, Expression=expression, Segment={"SegmentNumber": number, "TotalSegments": 5}
        )
        for partition in page["Partitions"]
    ]
    assert sorted(found) == [[f"2026-01-{day}", hour] for day in ("09", "10") for hour in "12"]
    statistics = lake.get_column_statistics_for_table(**OF, ColumnNames=["id"])
    assert statistics["ColumnStatisticsList"] == []


def test_trino_updates_statistics_with_partitions(lake: Any) -> None:
    asked = {**OF, "ExcludeColumnSchema": True, "Expression": "((day = '2026-01-02')) AND (hour IN (3, 4))"}
    found = lake.get_partitions(**asked)["Partitions"]
    assert [partition["Values"] for partition in found] == [["2026-01-02", "3"], ["2026-01-02", "4"]]
    assert "Columns" not in found[0]["StorageDescriptor"]
    entries = [
        {
            "PartitionValueList": values,
            "PartitionInput": {
                "Values": values,
                "StorageDescriptor": STORAGE,
                "Parameters": {"numRows": "5"},
            },
        }
        for values in (each["Values"] for each in found)
    ]
    assert lake.batch_update_partition(**OF, Entries=entries)["Errors"] == []
    data = {"NumberOfNulls": 0, "NumberOfDistinctValues": 5, "MinimumValue": 1, "MaximumValue": 9}
    said = {
        "ColumnName": "id",
        "ColumnType": "bigint",
        "AnalyzedTime": datetime(2026, 1, 3, tzinfo=UTC),
        "StatisticsData": {"Type": "LONG", "LongColumnStatisticsData": data},
    }
    of_partition = {**OF, "PartitionValues": found[0]["Values"]}
    assert (
        lake.update_column_statistics_for_partition(**of_partition, ColumnStatisticsList=[said])["Errors"]
        == []
    )
    shown = lake.get_column_statistics_for_partition(**of_partition, ColumnNames=["id"])
    assert (shown["ColumnStatisticsList"], shown["Errors"]) == ([said], [])
    got = lake.batch_get_partition(**OF, PartitionsToGet=[{"Values": p["Values"]} for p in found])
    assert [partition["Parameters"]["numRows"] for partition in got["Partitions"]] == ["5", "5"]


def test_hudi_syncs_a_table(glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": "lake"})
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName="lake", Name="events")
    glue.create_table(DatabaseName="lake", TableInput=TABLE)
    assert glue.get_partition_indexes(**OF)["PartitionIndexDescriptorList"] == []
    index = {"IndexName": "hudi_managed_day", "Keys": ["day"]}
    glue.create_partition_index(**OF, PartitionIndex=index)
    glue.batch_create_partition(**OF, PartitionInputList=PARTITIONS[:3])
    changed = {**TABLE, "Parameters": {"last_commit_time_sync": "1"}}
    glue.update_table(DatabaseName="lake", TableInput=changed, SkipArchive=True)
    assert [v["VersionId"] for v in glue.get_table_versions(**OF)["TableVersions"]] == ["1"]
    assert glue.get_partition_indexes(**OF)["PartitionIndexDescriptorList"][0]["IndexStatus"] == "ACTIVE"
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_partition_index(**OF, IndexName="hudi_managed_hour")


def test_terraform_reads_a_table(lake: Any) -> None:
    before = lake.get_table(DatabaseName="lake", Name="events")["Table"]
    assert lake.get_partition_indexes(**OF)["PartitionIndexDescriptorList"] == []
    lake.update_table(DatabaseName="lake", TableInput=TABLE)
    after = lake.get_table(DatabaseName="lake", Name="events")["Table"]
    assert {**after, "UpdateTime": None, "VersionId": None} == {
        **before,
        "UpdateTime": None,
        "VersionId": None,
    }
    lake.delete_table(DatabaseName="lake", Name="events")
