"""What Terraform, Hudi, Trino, and Hive's client (which is Spark's, too) call, in their order, by boto3.

The orders are read from their sources; each sends the account as CatalogId, as they do.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from placekeeper.model.crawling import CrawlState

ACCOUNT = "000000000000"
ARN = f"arn:aws:glue:eu-central-1:{ACCOUNT}:"
MINE = {"CatalogId": ACCOUNT}
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STORAGE = {
    "Columns": [{"Name": "id", "Type": "bigint", "Comment": ""}],
    "Location": "s3://lake/sales",
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
KEYS = [{"Name": "year", "Type": "string", "Comment": ""}]
TABLE = {
    "Name": "sales",
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"EXTERNAL": "TRUE"},
    "PartitionKeys": KEYS,
    "StorageDescriptor": STORAGE,
}
ONE = {"DatabaseName": "shop", "TableName": "sales", **MINE}

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])


def is_missing(glue: Any, ask: Callable[[], Any]) -> bool:
    """Whether it answers EntityNotFoundException, by which clients see that something is not there."""
    try:
        ask()
    except glue.exceptions.EntityNotFoundException:
        return True
    return False


@pytest.fixture
def shop(glue: Any) -> Any:
    glue.create_database(DatabaseInput={"Name": "shop"}, **MINE)
    return glue


class TestTerraform:
    """Creates, reads, updates, reads, deletes; reading after a deletion says that it is gone."""

    def test_a_database(self, glue: Any) -> None:
        def read() -> Any:
            return glue.get_database(Name="shop", **MINE)["Database"]

        glue.create_database(DatabaseInput={"Name": "shop", "Description": "a"}, Tags={"k": "v"}, **MINE)
        assert (read()["CatalogId"], read()["Description"]) == (ACCOUNT, "a")
        assert glue.get_tags(ResourceArn=ARN + "database/shop")["Tags"] == {"k": "v"}
        changed = {"Name": "shop", "Description": "b", "Parameters": {"p": "q"}}
        glue.update_database(Name="shop", DatabaseInput=changed, **MINE)
        glue.untag_resource(ResourceArn=ARN + "database/shop", TagsToRemove=["k"])
        glue.tag_resource(ResourceArn=ARN + "database/shop", TagsToAdd={"k": "w"})
        assert (read()["Description"], read()["Parameters"]) == ("b", {"p": "q"})
        assert glue.get_tags(ResourceArn=ARN + "database/shop")["Tags"] == {"k": "w"}
        glue.delete_database(Name="shop", **MINE)
        assert is_missing(glue, read)
        assert is_missing(glue, lambda: glue.delete_database(Name="shop", **MINE))

    def test_a_table(self, shop: Any) -> None:
        def read() -> Any:
            found = shop.get_table(DatabaseName="shop", Name="sales", **MINE)["Table"]
            indexes = shop.get_partition_indexes(
                CatalogId=found["CatalogId"], DatabaseName="shop", TableName="sales"
            )
            assert indexes["PartitionIndexDescriptorList"] == []
            return found

        shop.create_table(DatabaseName="shop", TableInput=TABLE, **MINE)
        assert {name: read()[name] for name in TABLE} == TABLE
        shop.update_table(DatabaseName="shop", TableInput={**TABLE, "Owner": "us"}, **MINE)
        assert read()["Owner"] == "us"
        shop.delete_table(DatabaseName="shop", Name="sales", **MINE)
        assert is_missing(shop, read)

    def test_a_connection(self, glue: Any) -> None:
        def read() -> Any:
            return glue.get_connection(Name="Orders", **MINE)["Connection"]

        spec = {
            "Name": "Orders",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:x", "USERNAME": "u", "PASSWORD": "p"},
        }
        glue.create_connection(ConnectionInput=spec, Tags={"k": "v"}, **MINE)
        assert {name: read()[name] for name in spec} == spec
        assert glue.get_tags(ResourceArn=ARN + "connection/Orders")["Tags"] == {"k": "v"}
        glue.update_connection(Name="Orders", ConnectionInput={**spec, "Description": "d"}, **MINE)
        assert read()["Description"] == "d"
        glue.delete_connection(ConnectionName="Orders", **MINE)
        assert is_missing(glue, read)
        assert is_missing(glue, lambda: glue.delete_connection(ConnectionName="Orders", **MINE))

    def test_a_function(self, shop: Any) -> None:
        one = {"DatabaseName": "shop", "FunctionName": "Area", **MINE}

        def read() -> Any:
            return shop.get_user_defined_function(**one)["UserDefinedFunction"]

        spec = {"FunctionName": "Area", "ClassName": "a", "OwnerName": "us", "OwnerType": "USER"}
        shop.create_user_defined_function(DatabaseName="shop", FunctionInput=spec, **MINE)
        assert {name: read()[name] for name in spec} == spec
        shop.update_user_defined_function(FunctionInput={**spec, "ClassName": "b"}, **one)
        assert (read()["ClassName"], read()["CatalogId"]) == ("b", ACCOUNT)
        shop.delete_user_defined_function(**one)
        assert is_missing(shop, read)

    def test_the_policy(self, glue: Any) -> None:
        first, second = (json.dumps({"Version": version}) for version in "ab")
        glue.put_resource_policy(PolicyInJson=first, PolicyExistsCondition="NOT_EXIST")
        assert glue.get_resource_policy()["PolicyInJson"] == first
        glue.put_resource_policy(PolicyInJson=second, PolicyExistsCondition="MUST_EXIST")
        assert glue.get_resource_policy()["PolicyInJson"] == second
        glue.delete_resource_policy()
        assert is_missing(glue, glue.get_resource_policy)
        assert is_missing(glue, glue.delete_resource_policy)

    def test_encryption(self, glue: Any) -> None:
        def put(**spec: Any) -> Any:
            glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=spec, **MINE)
            return glue.get_data_catalog_encryption_settings(**MINE)["DataCatalogEncryptionSettings"]

        password = {"ReturnConnectionPasswordEncrypted": True, "AwsKmsKeyId": "arn:aws:kms:::key/1"}
        rest = {"CatalogEncryptionMode": "DISABLED"}
        spec = {"ConnectionPasswordEncryption": password, "EncryptionAtRest": rest}
        assert put(**spec) == spec
        assert put()["ConnectionPasswordEncryption"] == {"ReturnConnectionPasswordEncrypted": False}


class TestHudi:
    """AWSGlueCatalogSyncClient, which asks STS for the account."""

    def test_a_database_is_made_and_tagged(self, glue: Any) -> None:
        assert is_missing(glue, lambda: glue.get_database(Name="shop", **MINE))
        glue.create_database(DatabaseInput={"Name": "shop", "Description": "Automatically created"}, **MINE)
        glue.tag_resource(ResourceArn=ARN + "database/shop", TagsToAdd={"team": "x"})
        assert glue.get_tags(ResourceArn=ARN + "database/shop")["Tags"] == {"team": "x"}

    def test_a_table_is_synchronised(self, shop: Any) -> None:
        asked = {"DatabaseName": "shop", "Name": "sales", **MINE}
        assert is_missing(shop, lambda: shop.get_table(**asked))
        times = {"LastAccessTime": NOW, "LastAnalyzedTime": NOW}
        shop.create_table(DatabaseName="shop", TableInput={**TABLE, **times}, **MINE)
        shop.tag_resource(ResourceArn=ARN + "table/shop/sales", TagsToAdd={"team": "x"})

        inputs = [self._partition(shop.get_table(**asked)["Table"], year) for year in ("2025", "2026")]
        assert shop.batch_create_partition(PartitionInputList=inputs, **ONE)["Errors"] == []
        again = shop.batch_create_partition(PartitionInputList=inputs, **ONE)["Errors"]
        assert {error["ErrorDetail"]["ErrorCode"] for error in again} == {"AlreadyExistsException"}
        assert self._years(shop) == ["2025", "2026"]
        wanted = [{"Values": ["2025"]}, {"Values": ["2027"]}]
        named = shop.batch_get_partition(DatabaseName="shop", TableName="sales", PartitionsToGet=wanted)
        assert [found["Values"] for found in named["Partitions"]] == [["2025"]]

        changed = {**inputs[0], "Parameters": {"k": "v"}}
        entries = [{"PartitionValueList": ["2025"], "PartitionInput": changed}]
        assert shop.batch_update_partition(Entries=entries, **ONE)["Errors"] == []
        gone = shop.batch_delete_partition(PartitionsToDelete=[{"Values": ["2026"]}], **ONE)
        assert gone["Errors"] == []
        assert self._years(shop) == ["2025"]

        table = shop.get_table(**asked)["Table"]
        parameters = {**table["Parameters"], "last_commit_time_sync": "1"}
        again = {name: table[name] for name in ("Name", "TableType", "PartitionKeys", "StorageDescriptor")}
        spec = {**again, "Parameters": parameters, **times}
        shop.update_table(DatabaseName="shop", TableInput=spec, SkipArchive=True, **MINE)
        assert shop.get_table(**asked)["Table"]["Parameters"] == parameters
        shop.delete_table(**asked)
        assert is_missing(shop, lambda: shop.get_table(**asked))

    def test_an_index_of_partitions_is_kept(self, shop: Any) -> None:
        one = {"DatabaseName": "shop", "TableName": "sales"}

        def names() -> list[str]:
            found = shop.get_partition_indexes(**one)["PartitionIndexDescriptorList"]
            return [index["IndexName"] for index in found]

        shop.create_table(DatabaseName="shop", TableInput=TABLE, **MINE)
        assert names() == []
        index = {"IndexName": "hudi_managed_[year]", "Keys": ["year"]}
        shop.create_partition_index(PartitionIndex=index, **one)
        assert names() == ["hudi_managed_[year]"]
        shop.delete_partition_index(IndexName="hudi_managed_[year]", **one)
        assert names() == []

    @staticmethod
    def _partition(table: Any, year: str) -> dict[str, Any]:
        storage = {**table["StorageDescriptor"], "Location": f"s3://lake/sales/year={year}"}
        return {"Values": [year], "StorageDescriptor": storage}

    @staticmethod
    def _years(glue: Any) -> list[str]:
        """All partitions, in segments, without their columns."""
        found: list[str] = []
        for number in range(3):
            pages = glue.get_paginator("get_partitions").paginate(
                ExcludeColumnSchema=True, Segment={"SegmentNumber": number, "TotalSegments": 3}, **ONE
            )
            found += [partition["Values"][0] for page in pages for partition in page["Partitions"]]
        return sorted(found)


class TestTrino:
    """GlueHiveMetastore."""

    def test_schemas(self, glue: Any) -> None:
        assert is_missing(glue, lambda: glue.get_database(Name="shop", **MINE))
        glue.create_database(DatabaseInput={"Name": "shop", "LocationUri": "s3://lake/shop"}, **MINE)
        with pytest.raises(glue.exceptions.AlreadyExistsException):
            glue.create_database(DatabaseInput={"Name": "shop"}, **MINE)
        known = glue.get_database(Name="shop", **MINE)["Database"]
        renamed = {"Name": "store", "LocationUri": known["LocationUri"]}
        glue.update_database(Name="shop", DatabaseInput=renamed, **MINE)
        assert [found["Name"] for found in glue.get_databases(**MINE)["DatabaseList"]] == ["store"]
        glue.delete_database(Name="store", **MINE)
        assert is_missing(glue, lambda: glue.delete_database(Name="store", **MINE))

    def test_tables_and_views(self, shop: Any) -> None:
        view = {"Name": "top", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": "/* Presto View: e30= */"}
        for spec in (TABLE, view):
            shop.create_table(DatabaseName="shop", TableInput=spec, **MINE)
        with pytest.raises(shop.exceptions.AlreadyExistsException):
            shop.create_table(DatabaseName="shop", TableInput=TABLE, **MINE)
        found = shop.get_tables(DatabaseName="shop", **MINE)["TableList"]
        assert [(table["Name"], table["TableType"]) for table in found] == [
            ("sales", "EXTERNAL_TABLE"),
            ("top", "VIRTUAL_VIEW"),
        ]
        assert is_missing(shop, lambda: shop.get_tables(DatabaseName="absent", **MINE))
        columns = [*STORAGE["Columns"], {"Name": "price", "Type": "decimal(10,2)"}]
        wider = {**TABLE, "StorageDescriptor": {**STORAGE, "Columns": columns}}
        shop.update_table(DatabaseName="shop", TableInput=wider, **MINE)
        shown = shop.get_table(DatabaseName="shop", Name="sales", **MINE)["Table"]
        assert shown["StorageDescriptor"]["Columns"] == columns

    def test_partitions(self, shop: Any) -> None:
        shop.create_table(DatabaseName="shop", TableInput=TABLE, **MINE)
        inputs = [{"Values": [year], "StorageDescriptor": STORAGE} for year in ("2025", "2026", "it's")]
        assert shop.batch_create_partition(PartitionInputList=inputs, **ONE)["Errors"] == []
        for expression, years in (
            ("((year = '2025'))", ["2025"]),
            ("((year >= '2025' AND year < '2026') OR (year = '2026'))", ["2025", "2026"]),
            ("((year in ('2026', 'x')))", ["2026"]),
        ):
            assert self._found(shop, Expression=expression) == years
        parts = [
            self._found(shop, Segment={"SegmentNumber": number, "TotalSegments": 5}) for number in range(5)
        ]
        assert sorted(year for part in parts for year in part) == ["2025", "2026", "it's"]

        shop.get_partition(PartitionValues=["2025"], **ONE)
        spec = {**inputs[0], "Parameters": {"numRows": "1"}}
        shop.update_partition(PartitionInput=spec, PartitionValueList=["2025"], **ONE)
        shop.delete_partition(PartitionValues=["2025"], **ONE)
        assert is_missing(shop, lambda: shop.get_partition(PartitionValues=["2025"], **ONE))

    def test_functions(self, shop: Any) -> None:
        def found(pattern: str) -> list[str]:
            answer = shop.get_user_defined_functions(DatabaseName="shop", Pattern=pattern, **MINE)
            return [function["FunctionName"] for function in answer["UserDefinedFunctions"]]

        resources = [{"ResourceType": "FILE", "Uri": "eyJ" * 300}]
        for name in ("trino__area__1a", "trino__area__2b", "trino__length__1a"):
            spec = {
                "FunctionName": name,
                "ClassName": "TrinoFunction",
                "OwnerType": "USER",
                "OwnerName": "us",
                "ResourceUris": resources,
            }
            shop.create_user_defined_function(DatabaseName="shop", FunctionInput=spec, **MINE)
        assert found(r"trino__\Qarea\E__.*") == ["trino__area__1a", "trino__area__2b"]
        assert len(found("trino__.*")) == 3
        shop.update_user_defined_function(
            DatabaseName="shop",
            FunctionName="trino__area__1a",
            FunctionInput=spec | {"FunctionName": "trino__area__1a"},
            **MINE,
        )
        shop.delete_user_defined_function(DatabaseName="shop", FunctionName="trino__area__1a", **MINE)
        assert found("trino__.*") == ["trino__area__2b", "trino__length__1a"]

    @staticmethod
    def _found(glue: Any, **asked: Any) -> Sequence[str]:
        pages = glue.get_paginator("get_partitions").paginate(MaxResults=1000, **asked, **ONE)
        return [partition["Values"][0] for page in pages for partition in page["Partitions"]]


class TestHive:
    """AWSCatalogMetastoreClient, by which Hive and Spark use Glue as their metastore."""

    def test_the_default_database_is_made_at_the_start(self, glue: Any) -> None:
        assert is_missing(glue, lambda: glue.get_database(Name="default", **MINE))
        spec = {"Name": "default", "Description": "Default Hive database", "LocationUri": "file:/warehouse"}
        glue.create_database(DatabaseInput=spec, **MINE)
        assert glue.get_database(Name="default", **MINE)["Database"]["LocationUri"] == "file:/warehouse"

    def test_tables_are_listed_by_a_pattern(self, shop: Any) -> None:
        for name in ("sales", "stock"):
            shop.create_table(DatabaseName="shop", TableInput={**TABLE, "Name": name}, **MINE)
        for pattern, names in (
            (".*", ["sales", "stock"]),
            ("sa.*", ["sales"]),
            ("sales|stock", ["sales", "stock"]),
        ):
            found = shop.get_tables(DatabaseName="shop", Expression=pattern, **MINE)["TableList"]
            assert [table["Name"] for table in found] == names

    def test_a_table_with_partitions(self, shop: Any) -> None:
        shop.create_table(DatabaseName="shop", TableInput={**TABLE, "Owner": "us", "Retention": 0}, **MINE)
        inputs = [{"Values": [str(year)], "StorageDescriptor": STORAGE} for year in range(2020, 2026)]
        assert shop.batch_create_partition(PartitionInputList=inputs, **ONE)["Errors"] == []
        found: list[str] = []
        for number in range(5):
            segment = {"SegmentNumber": number, "TotalSegments": 5}
            page = shop.get_partitions(Expression="year > '2021'", Segment=segment, **ONE)
            found += [partition["Values"][0] for partition in page["Partitions"]]
        assert sorted(found) == ["2022", "2023", "2024", "2025"]
        shop.update_table(DatabaseName="shop", TableInput={**TABLE, "Parameters": {"k": "v"}}, **MINE)
        gone = [{"Values": partition["Values"]} for partition in inputs]
        assert shop.batch_delete_partition(PartitionsToDelete=gone, **ONE)["Errors"] == []
        shop.delete_table(DatabaseName="shop", Name="sales", **MINE)

    def test_a_database_is_dropped_with_its_functions(self, shop: Any) -> None:
        one = {"DatabaseName": "shop", "FunctionName": "area", **MINE}
        assert is_missing(shop, lambda: shop.get_user_defined_function(**one))
        spec = {
            "FunctionName": "area",
            "ClassName": "com.example.Area",
            "OwnerName": "us",
            "OwnerType": "USER",
            "ResourceUris": [{"ResourceType": "JAR", "Uri": "s3://jars/a.jar"}],
        }
        shop.create_user_defined_function(DatabaseName="shop", FunctionInput=spec, **MINE)
        assert shop.get_user_defined_function(**one)["UserDefinedFunction"]["ClassName"] == spec["ClassName"]
        found = shop.get_user_defined_functions(DatabaseName="shop", Pattern=".*", **MINE)
        for function in found["UserDefinedFunctions"]:
            shop.delete_user_defined_function(
                DatabaseName="shop", FunctionName=function["FunctionName"], **MINE
            )
        shop.delete_database(Name="shop", **MINE)
        assert is_missing(shop, lambda: shop.get_database(Name="shop", **MINE))


class TestCrawlers:
    """What Terraform's and Airflow's crawlers call."""

    def test_terraform_s_crawler(self, shop: Any) -> None:
        def read() -> Any:
            found = shop.get_crawler(Name="c")["Crawler"]
            return found | {"Tags": shop.get_tags(ResourceArn=ARN + "crawler/c")["Tags"]}

        targets = {"S3Targets": [{"Path": "s3://lake/sales", "Exclusions": ["**.tmp"]}]}
        given: dict[str, Any] = {
            "Name": "c",
            "DatabaseName": "shop",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/glue",
            "Targets": targets,
            "Classifiers": [],
            "Schedule": "cron(15 12 * * ? *)",
            "SchemaChangePolicy": {"DeleteBehavior": "LOG", "UpdateBehavior": "UPDATE_IN_DATABASE"},
            "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
            "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
            "Configuration": '{"Version":1.0,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}',
        }
        shop.create_crawler(**given, Tags={"k": "v"})
        first = read()
        assert first["Targets"]["S3Targets"] == targets["S3Targets"]
        assert {name: first[name] for name in ("SchemaChangePolicy", "Configuration")} == {
            name: given[name] for name in ("SchemaChangePolicy", "Configuration")
        }
        assert (first["Role"], first["Schedule"]["ScheduleExpression"]) == ("glue", given["Schedule"])
        shop.update_crawler(**(given | {"Description": "new", "TablePrefix": "p_"}))
        shop.untag_resource(ResourceArn=ARN + "crawler/c", TagsToRemove=["k"])
        shop.tag_resource(ResourceArn=ARN + "crawler/c", TagsToAdd={"k": "w"})
        assert (read()["Description"], read()["Tags"]) == ("new", {"k": "w"})
        shop.delete_crawler(Name="c")
        assert is_missing(shop, read)
        assert is_missing(shop, lambda: shop.delete_crawler(Name="c"))

    def test_terraform_s_classifier(self, glue: Any) -> None:
        glue.create_classifier(GrokClassifier={"Name": "g", "Classification": "x", "GrokPattern": "%{IP:a}"})
        found = glue.get_classifier(Name="g")["Classifier"]["GrokClassifier"]
        changed = {name: found[name] for name in ("Name", "Classification")} | {"GrokPattern": "%{IP:b}"}
        glue.update_classifier(GrokClassifier=changed)
        assert glue.get_classifier(Name="g")["Classifier"]["GrokClassifier"]["GrokPattern"] == "%{IP:b}"
        glue.delete_classifier(Name="g")
        assert is_missing(glue, lambda: glue.get_classifier(Name="g"))

    def test_airflow_s_operator_and_sensor(self, shop: Any, control: Any) -> None:
        """GlueCrawlerOperator creates or updates, starts, and asks until READY; then it wants figures."""
        config = {
            "Name": "c",
            "Role": "glue",
            "DatabaseName": "shop",
            "Targets": {"S3Targets": [{"Path": "s3://lake/sales"}]},
        }
        assert is_missing(shop, lambda: shop.get_crawler(Name="c"))
        shop.create_crawler(**config)
        known = shop.get_crawler(Name="c")["Crawler"]
        shop.update_crawler(**(config | {"Description": "again"}))
        assert known["Role"] == config["Role"]
        shop.start_crawler(Name="c")
        assert shop.get_crawler(Name="c")["Crawler"]["State"] == "RUNNING"
        with pytest.raises(shop.exceptions.CrawlerRunningException):
            shop.start_crawler(Name="c")
        with control.crawl_lifecycle._store.write() as tx:
            tx.launchers.insert("me", host="here")
        (waiting,) = control.crawl_lifecycle.waiting()
        crawl, _ = control.crawl_lifecycle.take(waiting, "me")
        control.crawl_lifecycle.move(crawl, CrawlState.COMPLETED)
        shown = shop.get_crawler(Name="c")["Crawler"]
        assert (shown["State"], shown["LastCrawl"]["Status"]) == ("READY", "SUCCEEDED")
        (figures,) = shop.get_crawler_metrics(CrawlerNameList=["c"])["CrawlerMetricsList"]
        assert figures["StillEstimating"] is False
        assert figures["TimeLeftSeconds"] == figures["TablesCreated"] == 0
