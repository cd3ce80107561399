"""boto3 against the server: the Data Catalog."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

STORAGE = {
    "Columns": [{"Name": "id", "Type": "bigint"}],
    "Location": "s3://lake/sales/",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"},
}
TABLE = {
    "Name": "Sales",
    "Owner": "us",
    "LastAccessTime": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "StorageDescriptor": STORAGE,
    "PartitionKeys": [{"Name": "year", "Type": "int"}, {"Name": "region", "Type": "string"}],
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"classification": "csv"},
}
ONE: dict[str, Any] = {"DatabaseName": "shop", "TableName": "sales"}


@pytest.fixture
def shop(glue: Any) -> Any:
    glue.create_database(DatabaseInput={"Name": "Shop", "Description": "all"})
    glue.create_table(DatabaseName="SHOP", TableInput=TABLE)
    return glue


def add(glue: Any, *values: str) -> None:
    storage = {**STORAGE, "Location": f"s3://lake/sales/{'/'.join(values)}/"}
    glue.create_partition(
        **ONE, PartitionInput={"Values": list(values), "StorageDescriptor": storage, "Parameters": {"a": "b"}}
    )


def values_of(partitions: Sequence[Any]) -> list[str]:
    return ["-".join(partition["Values"]) for partition in partitions]


def test_databases(glue: Any) -> None:
    for name in ("b", "A", "c"):
        glue.create_database(DatabaseInput={"Name": name, "Parameters": {"k": "v"}})
    shown = glue.get_database(Name="A")["Database"]
    assert (shown["Name"], shown["Parameters"], shown["CatalogId"]) == ("a", {"k": "v"}, "000000000000")
    assert shown["CreateTime"] < glue.get_database(Name="c")["Database"]["CreateTime"]
    pages = list(glue.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 2}))
    assert [[found["Name"] for found in page["DatabaseList"]] for page in pages] == [["a", "b"], ["c"]]
    glue.update_database(Name="a", DatabaseInput={"Name": "A", "Description": "new"})
    changed = glue.get_database(Name="a")["Database"]
    assert (changed["Description"], "Parameters" in changed) == ("new", False)
    assert changed["CreateTime"] == shown["CreateTime"]
    glue.delete_database(Name="a")
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Database a not found\."):
        glue.get_database(Name="a")


def test_databases_that_are_there_and_that_are_not(glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": "a"})
    with pytest.raises(glue.exceptions.AlreadyExistsException, match=r"Database already exists\."):
        glue.create_database(DatabaseInput={"Name": "A"})
    missing = [
        lambda: glue.update_database(Name="b", DatabaseInput={"Name": "b"}),
        lambda: glue.delete_database(Name="b"),
        lambda: glue.get_tables(DatabaseName="b"),
        lambda: glue.create_table(DatabaseName="b", TableInput={"Name": "t"}),
        lambda: glue.batch_delete_table(DatabaseName="b", TablesToDelete=["t"]),
    ]
    for ask in missing:
        with pytest.raises(glue.exceptions.EntityNotFoundException, match="Database b not found"):
            ask()


def test_a_table_is_shown_as_it_was_sent(shop: Any) -> None:
    shown = shop.get_table(DatabaseName="shop", Name="SALES")["Table"]
    assert {name: shown[name] for name in (*TABLE, "DatabaseName", "VersionId")} == TABLE | {
        "Name": "sales",
        "DatabaseName": "shop",
        "VersionId": "0",
    }
    assert shown["CreateTime"] == shown["UpdateTime"]


def test_tables_are_listed_updated_and_deleted(shop: Any) -> None:
    add(shop, "2026", "eu")
    shop.create_table(DatabaseName="shop", TableInput={"Name": "other"})
    pages = shop.get_paginator("get_tables").paginate(DatabaseName="shop", PaginationConfig={"PageSize": 1})
    assert [page["TableList"][0]["Name"] for page in pages] == ["other", "sales"]

    shop.update_table(DatabaseName="shop", TableInput={**TABLE, "Owner": "them"}, VersionId="0")
    shown = shop.get_table(DatabaseName="shop", Name="sales")["Table"]
    assert (shown["Owner"], shown["VersionId"]) == ("them", "1")
    assert shown["UpdateTime"] > shown["CreateTime"]
    assert values_of(shop.get_partitions(**ONE)["Partitions"]) == ["2026-eu"]
    with pytest.raises(shop.exceptions.ConcurrentModificationException):
        shop.update_table(DatabaseName="shop", TableInput=TABLE, VersionId="0")
    with pytest.raises(shop.exceptions.InvalidInputException, match="'newest' is not a number"):
        shop.update_table(DatabaseName="shop", TableInput=TABLE, VersionId="newest")

    errors = shop.batch_delete_table(DatabaseName="shop", TablesToDelete=["sales", "absent"])["Errors"]
    assert [(e["TableName"], e["ErrorDetail"]["ErrorCode"]) for e in errors] == [
        ("absent", "EntityNotFoundException")
    ]
    with pytest.raises(shop.exceptions.EntityNotFoundException, match=r"Table sales not found\."):
        shop.get_partitions(**ONE)
    shop.create_table(DatabaseName="shop", TableInput=TABLE)
    assert shop.get_partitions(**ONE)["Partitions"] == []
    shop.delete_table(DatabaseName="shop", Name="other")
    with pytest.raises(shop.exceptions.EntityNotFoundException):
        shop.delete_table(DatabaseName="shop", Name="other")
    with pytest.raises(shop.exceptions.EntityNotFoundException):
        shop.update_table(DatabaseName="shop", TableInput={"Name": "other"})


def test_a_table_that_is_taken_and_what_is_not_there_yet(shop: Any) -> None:
    with pytest.raises(shop.exceptions.AlreadyExistsException, match=r"Table already exists\."):
        shop.create_table(DatabaseName="shop", TableInput=TABLE)
    with pytest.raises(shop.exceptions.InvalidInputException, match="TableInput is missing"):
        shop.create_table(DatabaseName="shop", Name="t")
    changes = {"UpdateIcebergInput": {"UpdateIcebergTableInput": {"Updates": []}}}
    with pytest.raises(shop.exceptions.InvalidInputException, match=r"pip install 'pyiceberg\[glue\]'"):
        shop.update_table(
            DatabaseName="shop", TableInput={"Name": TABLE["Name"]}, UpdateOpenTableFormatInput=changes
        )


def names_of(glue: Any, page_size: int = 100, **asked: Any) -> list[str]:
    pages = glue.get_paginator("get_tables").paginate(
        DatabaseName="shop", **asked, PaginationConfig={"PageSize": page_size}
    )
    return [table["Name"] for page in pages for table in page["TableList"]]


def test_tables_are_listed_by_an_expression(shop: Any) -> None:
    for number in range(25):
        shop.create_table(DatabaseName="shop", TableInput={"Name": f"Log_{number:02}"})
    assert names_of(shop, Expression="*") == names_of(shop) == names_of(shop, Expression="")
    assert names_of(shop, Expression="sales") == ["sales"]
    assert names_of(shop, Expression="log_1*|sales", page_size=4) == [
        *(f"log_{number}" for number in range(10, 20)),
        "sales",
    ]
    assert names_of(shop, Expression="LOG_.[05]", page_size=2) == [f"log_{n:02}" for n in range(0, 25, 5)]
    assert names_of(shop, Expression="absent.*") == []
    token = shop.get_tables(DatabaseName="shop", Expression="log.*", MaxResults=2)["NextToken"]
    with pytest.raises(shop.exceptions.InvalidInputException, match="NextToken"):
        shop.get_tables(DatabaseName="shop", Expression="log_.*", MaxResults=2, NextToken=token)
    with pytest.raises(shop.exceptions.InvalidInputException, match="is not understood"):
        shop.get_tables(DatabaseName="shop", Expression="(?!log).*")


def test_some_attributes_of_tables_and_databases(shop: Any) -> None:
    def listed(*attributes: str) -> Any:
        return shop.get_tables(DatabaseName="shop", AttributesToGet=attributes)["TableList"][0]

    name = {"Name": "sales", "DatabaseName": "shop", "CatalogId": "000000000000"}
    assert listed("NAME") == name
    assert listed("NAME", "TABLE_TYPE") == name | {"TableType": "EXTERNAL_TABLE"}
    whole = shop.get_table(DatabaseName="shop", Name="sales", AttributesToGet=["DEFAULT"])["Table"]
    assert whole == listed("DEFAULT") == shop.get_table(DatabaseName="shop", Name="sales")["Table"]
    assert shop.get_databases(AttributesToGet=["NAME"])["DatabaseList"] == [
        {"Name": "shop", "CatalogId": "000000000000"}
    ]
    for ask in (
        lambda: listed(),
        lambda: listed("TABLE_TYPE"),
        lambda: listed("DEFAULT", "LATEST_ICEBERG_METADATA"),
        lambda: shop.get_databases(AttributesToGet=["TARGET_DATABASE"]),
    ):
        with pytest.raises(shop.exceptions.InvalidInputException):
            ask()


def test_a_partition_is_shown_as_it_was_sent(shop: Any) -> None:
    add(shop, "2026", "eu")
    shown = shop.get_partition(**ONE, PartitionValues=["2026", "eu"])["Partition"]
    assert (shown["Values"], shown["Parameters"]) == (["2026", "eu"], {"a": "b"})
    assert shown["StorageDescriptor"]["Location"] == "s3://lake/sales/2026/eu/"
    assert (shown["DatabaseName"], shown["TableName"]) == ("shop", "sales")

    shop.update_partition(
        **ONE, PartitionValueList=["2026", "eu"], PartitionInput={"Values": ["2026", "us"], "Parameters": {}}
    )
    moved = shop.get_partition(**ONE, PartitionValues=["2026", "us"])["Partition"]
    assert (moved["Parameters"], moved["CreationTime"]) == ({}, shown["CreationTime"])
    add(shop, "2026", "eu")
    with pytest.raises(shop.exceptions.InvalidInputException, match="Partition already exists"):
        shop.update_partition(
            **ONE, PartitionValueList=["2026", "eu"], PartitionInput={"Values": ["2026", "us"]}
        )


def test_partitions_that_are_there_and_that_are_not(shop: Any) -> None:
    add(shop, "2026", "eu")
    with pytest.raises(shop.exceptions.AlreadyExistsException, match=r"Partition already exists\."):
        add(shop, "2026", "eu")
    with pytest.raises(shop.exceptions.InvalidInputException, match="2 partition keys"):
        add(shop, "2026")
    absent = ["2027", "eu"]
    for ask in (
        lambda: shop.get_partition(**ONE, PartitionValues=absent),
        lambda: shop.delete_partition(**ONE, PartitionValues=absent),
        lambda: shop.update_partition(**ONE, PartitionValueList=absent, PartitionInput={}),
    ):
        with pytest.raises(shop.exceptions.EntityNotFoundException, match=r"Cannot find partition\."):
            ask()
    for few in (shop.get_partition, shop.delete_partition):
        with pytest.raises(
            shop.exceptions.EntityNotFoundException, match=r"has 2 partition keys .*has 1 value"
        ):
            few(**ONE, PartitionValues=["2026"])
    shop.delete_partition(**ONE, PartitionValues=["2026", "eu"])
    assert shop.get_partitions(**ONE)["Partitions"] == []


def test_many_partitions_each_for_itself(shop: Any) -> None:
    add(shop, "2026", "eu")
    inputs = [{"Values": values} for values in (["2026", "eu"], ["2026", "us"])]
    errors = shop.batch_create_partition(**ONE, PartitionInputList=inputs)["Errors"]
    assert [(e["PartitionValues"], e["ErrorDetail"]["ErrorCode"]) for e in errors] == [
        (["2026", "eu"], "AlreadyExistsException")
    ]
    wanted = [{"Values": ["2026", "us"]}, {"Values": ["0", "us"]}]
    assert values_of(shop.batch_get_partition(**ONE, PartitionsToGet=wanted)["Partitions"]) == ["2026-us"]
    errors = shop.batch_delete_partition(**ONE, PartitionsToDelete=wanted)["Errors"]
    assert [e["PartitionValues"] for e in errors] == [["0", "us"]]
    assert values_of(shop.get_partitions(**ONE)["Partitions"]) == ["2026-eu"]


def test_a_batch_with_a_wrong_number_of_values_creates_nothing(shop: Any) -> None:
    inputs = [{"Values": ["2026", "eu"]}, {"Values": ["2026"]}]
    with pytest.raises(
        shop.exceptions.InvalidInputException,
        match="number of partition keys do not match the number of partition values",
    ):
        shop.batch_create_partition(**ONE, PartitionInputList=inputs)
    assert shop.get_partitions(**ONE)["Partitions"] == []


@pytest.mark.parametrize(
    ("type", "values", "expression", "found"),
    [
        ("long", ["9", "10", "9223372036854775807"], "k > 9", ["10", "9223372036854775807"]),
        ("bigint", ["9", "10"], "k = 10L", ["10"]),
        ("double", ["3.14", "2.5", "1e3"], "k = 3.14", ["3.14"]),
        ("float", ["3.14", "2.5"], "k = '3.14' OR k IN (2.50)", ["3.14", "2.5"]),
        ("decimal(10,2)", ["3.14", "2.50"], "k = 2.5", ["2.50"]),
        (
            "timestamp",
            ["2026-01-01 00:00:00.123456788", "2026-01-01 00:00:00.123456789"],
            "k > '2026-01-01 00:00:00.123456788'",
            ["2026-01-01 00:00:00.123456789"],
        ),
        (
            "timestamp",
            ["2026-01-01 00:00:00"],
            "k = '2026-01-01 00:00:00.000000000'",
            ["2026-01-01 00:00:00"],
        ),
        ("string", ["it's", "its"], "(k = 'it''s')", ["it's"]),
        ("string", ["it's", "its"], 'k IN ("x", "it\'s")', ["it's"]),
        ("date", ["2026-01-31", "2026-02-01"], "k < CAST('2026-02-01' AS DATE)", ["2026-01-31"]),
    ],
)
def test_expressions_as_clients_write_them(
    glue: Any, type: str, values: Sequence[str], expression: str, found: Sequence[str]
) -> None:
    glue.create_database(DatabaseInput={"Name": "d"})
    keys = [{"Name": "k", "Type": type}]
    glue.create_table(DatabaseName="d", TableInput={"Name": "t", "PartitionKeys": keys})
    of: dict[str, Any] = {"DatabaseName": "d", "TableName": "t"}
    glue.batch_create_partition(**of, PartitionInputList=[{"Values": [value]} for value in values])
    assert values_of(glue.get_partitions(**of, Expression=expression)["Partitions"]) == found


def test_an_expression_chooses_partitions_and_pages_are_stable(shop: Any) -> None:
    for year in range(2020, 2027):
        add(shop, str(year), "eu")
    wanted = {**ONE, "Expression": "year > 2021 AND region LIKE 'e%'", "MaxResults": 2}
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = shop.get_partitions(**wanted, **token)
        seen += values_of(page["Partitions"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
        shop.delete_partition(**ONE, PartitionValues=seen[-1].split("-"))
    assert seen == [f"{year}-eu" for year in range(2022, 2027)]
    for expression in ("year >", "month = 1"):
        with pytest.raises(shop.exceptions.InvalidInputException, match="is not understood"):
            shop.get_partitions(**ONE, Expression=expression)
    with pytest.raises(shop.exceptions.InvalidInputException, match="NextToken"):
        shop.get_partitions(**ONE, **token)


def test_segments_are_disjoint_and_have_all(shop: Any) -> None:
    for year in range(2000, 2020):
        add(shop, str(year), "eu")
    parts = [
        values_of(
            shop.get_partitions(
                **ONE, Segment={"SegmentNumber": n, "TotalSegments": 3}, ExcludeColumnSchema=True
            )["Partitions"]
        )
        for n in range(3)
    ]
    assert sorted(name for part in parts for name in part) == [f"{year}-eu" for year in range(2000, 2020)]
    assert all(parts)
    with pytest.raises(shop.exceptions.InvalidInputException, match="TotalSegments"):
        shop.get_partitions(**ONE, Segment={"SegmentNumber": 3, "TotalSegments": 3})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([{"Name": "a"}, {"Name": "A"}], "Two partition keys have the same name: a, a."),
        ([{"Name": "a", "Parameters": {"b": "c"}}], "Parameters not supported for partition columns"),
    ],
)
def test_partition_keys_that_cannot_be(shop: Any, keys: list[dict[str, Any]], said: str) -> None:
    for make in (shop.create_table, shop.update_table):
        with pytest.raises(shop.exceptions.InvalidInputException) as refused:
            make(DatabaseName="shop", TableInput={**TABLE, "PartitionKeys": keys})
        assert refused.value.response["Error"]["Message"] == said


def test_as_many_partition_keys_stay_as_partitions_have_values(shop: Any) -> None:
    fewer = {**TABLE, "PartitionKeys": TABLE["PartitionKeys"][:1]}
    add(shop, "2025", "eu")
    with pytest.raises(shop.exceptions.InvalidInputException, match="2 values each"):
        shop.update_table(DatabaseName="shop", TableInput=fewer)
    shop.delete_partition(**ONE, PartitionValues=["2025", "eu"])
    shop.update_table(DatabaseName="shop", TableInput=fewer)
    assert (
        shop.get_table(DatabaseName="shop", Name="sales")["Table"]["PartitionKeys"] == fewer["PartitionKeys"]
    )
