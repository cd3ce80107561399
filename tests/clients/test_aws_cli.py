"""AWS's own command line: every operation that is served."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from placekeeper.server.glue_api.operations import HANDLERS

pytestmark = pytest.mark.clients

ARN = "arn:aws:glue:us-east-1:000000000000:job/copy"


Glue = Callable[..., Any]


def test_every_operation(lab: Any) -> None:
    asked: set[str] = set()

    def glue(command: str, *arguments: object) -> Any:
        asked.add("".join(word.capitalize() for word in command.split("-")))
        answer = lab.call("aws", "glue", command, *arguments, "--output", "json")
        return json.loads(answer) if answer.strip() else None

    def refused(command: str, *arguments: object) -> str:
        """An operation that is answered by an error; its code."""
        asked.add("".join(word.capitalize() for word in command.split("-")))
        said = lab.call("aws", "glue", command, *arguments, check=False)
        assert "An error occurred (" in said, said
        return str(said.partition("An error occurred (")[2].partition(")")[0])

    _jobs(lab, glue)
    _catalog(lab, glue)
    _tables(glue)
    _settings(glue, refused)
    _crawlers(lab, glue, refused)
    assert asked == HANDLERS.keys()


def _jobs(lab: Any, glue: Glue) -> None:
    nothing_encrypted = json.dumps({"S3Encryption": [{"S3EncryptionMode": "DISABLED"}]})
    glue("create-security-configuration", "--name", "none", "--encryption-configuration", nothing_encrypted)
    assert glue("get-security-configuration", "--name", "none")["SecurityConfiguration"]["Name"] == "none"
    assert len(glue("get-security-configurations", "--max-items", 1)["SecurityConfigurations"]) == 1

    definition = {
        "Name": "copy",
        "Role": "any",
        "Command": {"Name": "glueetl", "ScriptLocation": lab.script},
        "DefaultArguments": lab.arguments,
        "SecurityConfiguration": "none",
        "Tags": {"team": "data"},
    }
    assert glue("create-job", "--cli-input-json", json.dumps(definition)) == {"Name": "copy"}
    for name in ("b", "c"):
        glue("create-job", "--name", name, "--role", "any", "--command", "Name=pythonshell", "--tags", "x=1")
    assert glue("get-jobs", "--page-size", 2, "--query", "Jobs[].Name") == ["b", "c", "copy"]
    first = glue("list-jobs", "--max-items", 2)
    rest = glue("list-jobs", "--max-items", 2, "--starting-token", first["NextToken"])
    assert first["JobNames"] + rest["JobNames"] == ["b", "c", "copy"]
    assert glue("list-jobs", "--tags", "x=1")["JobNames"] == ["b", "c"]
    assert glue("batch-get-jobs", "--job-names", "copy", "absent")["JobsNotFound"] == ["absent"]

    update = {**definition, "Description": "changed"}
    del update["Name"], update["Tags"]
    glue("update-job", "--job-name", "copy", "--job-update", json.dumps(update))
    assert glue("get-job", "--job-name", "copy")["Job"]["Description"] == "changed"
    glue("tag-resource", "--resource-arn", ARN, "--tags-to-add", "a=1,b=2")
    glue("untag-resource", "--resource-arn", ARN, "--tags-to-remove", "a", "team")
    assert glue("get-tags", "--resource-arn", ARN)["Tags"] == {"b": "2"}

    run_id = glue("start-job-run", "--job-name", "copy", "--arguments", '{"--x":"1"}')["JobRunId"]
    lab.dev.until(run_id, "SUCCEEDED")
    assert glue("get-job-run", "--job-name", "copy", "--run-id", run_id)["JobRun"]["Arguments"] == {
        "--x": "1"
    }
    assert len(glue("get-job-runs", "--job-name", "copy", "--page-size", 1)["JobRuns"]) == 1
    assert lab.workspace.ids() == [1, 2, 3]
    assert glue("get-job-bookmark", "--job-name", "copy")["JobBookmarkEntry"]["Run"] == 2
    assert glue("reset-job-bookmark", "--job-name", "copy")["JobBookmarkEntry"]["JobBookmark"] == "{}"
    stopped = glue("batch-stop-job-run", "--job-name", "copy", "--job-run-ids", run_id)
    assert stopped["Errors"][0]["ErrorDetail"]["ErrorCode"] == "JobRunInTerminalStateException"

    glue("delete-job", "--job-name", "copy")
    glue("delete-security-configuration", "--name", "none")
    said = lab.call("aws", "glue", "get-job", "--job-name", "copy", check=False)
    assert "An error occurred (EntityNotFoundException) when calling the GetJob operation" in said


def _catalog(lab: Any, glue: Glue) -> None:
    of = ("--database-name", "shop", "--table-name", "sales")
    root = f"s3://{lab.bucket}/sales"

    def table(description: str) -> str:
        serde = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"}
        columns = [{"Name": "id", "Type": "int"}]
        storage = {"Location": root, "Columns": columns, "SerdeInfo": serde}
        keys = [{"Name": "year", "Type": "int"}]
        spec = {"Name": "sales", "StorageDescriptor": storage, "PartitionKeys": keys}
        return json.dumps({**spec, "Description": description})

    def partition(year: int, **more: str) -> dict[str, Any]:
        return {"Values": [str(year)], "StorageDescriptor": {"Location": f"{root}/{year}/"}, **more}

    glue("create-database", "--database-input", '{"Name": "shop"}')
    glue("update-database", "--name", "shop", "--database-input", '{"Name": "shop", "Description": "new"}')
    assert glue("get-database", "--name", "shop")["Database"]["Description"] == "new"
    assert [database["Name"] for database in glue("get-databases")["DatabaseList"]] == ["shop"]

    glue("create-table", "--database-name", "shop", "--table-input", table("old"))
    glue("update-table", "--database-name", "shop", "--table-input", table("new"))
    assert glue("get-table", "--database-name", "shop", "--name", "sales")["Table"]["Description"] == "new"
    assert len(glue("get-tables", "--database-name", "shop", "--page-size", 1)["TableList"]) == 1

    glue("create-partition", *of, "--partition-input", json.dumps(partition(2023)))
    many = [partition(year) for year in (2023, 2024, 2025, 2026)]
    refused = glue("batch-create-partition", *of, "--partition-input-list", json.dumps(many))["Errors"]
    assert [error["PartitionValues"] for error in refused] == [["2023"]]
    glue("update-partition", *of, "--partition-value-list", "2023",
         "--partition-input", json.dumps(partition(2023, LastAccessTime="2026-01-01T00:00:00Z")))  # fmt: skip
    changed = glue("get-partition", *of, "--partition-values", "2023")["Partition"]
    assert changed["LastAccessTime"] == 1767225600
    late = glue("get-partitions", *of, "--expression", "year >= 2024", "--page-size", 2)["Partitions"]
    assert sorted(found["Values"] for found in late) == [["2024"], ["2025"], ["2026"]]
    wanted = ("--partitions-to-get", '[{"Values": ["2024"]}, {"Values": ["1999"]}]')
    assert len(glue("batch-get-partition", *of, *wanted)["Partitions"]) == 1

    glue("delete-partition", *of, "--partition-values", "2023")
    gone = ("--partitions-to-delete", '[{"Values": ["2024"]}, {"Values": ["1999"]}]')
    assert [error["PartitionValues"] for error in glue("batch-delete-partition", *of, *gone)["Errors"]] == [
        ["1999"]
    ]
    glue("delete-table", "--database-name", "shop", "--name", "sales")
    glue("create-table", "--database-name", "shop", "--table-input", table("again"))
    glue("batch-delete-table", "--database-name", "shop", "--tables-to-delete", "sales")
    glue("delete-database", "--name", "shop")


def _tables(glue: Glue) -> None:
    """Versions, indexes, statistics and the search."""
    of = ("--database-name", "more", "--table-name", "t")

    def table(description: str) -> str:
        spec = {"Name": "t", "Description": description, "PartitionKeys": [{"Name": "day", "Type": "string"}]}
        return json.dumps({**spec, "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}]}})

    glue("create-database", "--database-input", '{"Name": "more"}')
    glue("create-table", "--database-name", "more", "--table-input", table("first"))
    for description in ("second", "third", "fourth"):
        glue("update-table", "--database-name", "more", "--table-input", table(description))
    assert len(glue("get-table-versions", *of, "--page-size", 2)["TableVersions"]) == 4
    old = glue("get-table-version", *of, "--version-id", "0")["TableVersion"]
    assert old["Table"]["Description"] == "first"
    glue("delete-table-version", *of, "--version-id", "0")
    glue("batch-delete-table-version", *of, "--version-ids", "1", "2")
    assert [table["Name"] for table in glue("search-tables", "--search-text", "fourth")["TableList"]] == ["t"]

    glue("create-partition", *of, "--partition-input", '{"Values": ["mon"]}')
    entries = [
        {"PartitionValueList": ["mon"], "PartitionInput": {"Values": ["tue"], "Parameters": {"a": "b"}}}
    ]
    assert glue("batch-update-partition", *of, "--entries", json.dumps(entries))["Errors"] == []
    index = {"Keys": ["day"], "IndexName": "by_day"}
    glue("create-partition-index", *of, "--partition-index", json.dumps(index))
    (shown,) = glue("get-partition-indexes", *of)["PartitionIndexDescriptorList"]
    assert (shown["IndexName"], shown["IndexStatus"]) == ("by_day", "ACTIVE")
    glue("delete-partition-index", *of, "--index-name", "by_day")

    counts = {"MinimumValue": 1, "MaximumValue": 9, "NumberOfNulls": 0, "NumberOfDistinctValues": 9}
    data = {"Type": "LONG", "LongColumnStatisticsData": counts}
    found = [{"ColumnName": "id", "ColumnType": "bigint", "AnalyzedTime": 1, "StatisticsData": data}]
    for kind, where in (("table", ()), ("partition", ("--partition-values", "tue"))):
        update = ("--column-statistics-list", json.dumps(found))
        assert glue(f"update-column-statistics-for-{kind}", *of, *where, *update)["Errors"] == []
        got = glue(f"get-column-statistics-for-{kind}", *of, *where, "--column-names", "id")
        (one,) = got["ColumnStatisticsList"]
        assert one["StatisticsData"]["LongColumnStatisticsData"]["MaximumValue"] == 9
        glue(f"delete-column-statistics-for-{kind}", *of, *where, "--column-name", "id")

    function = {"FunctionName": "f", "ClassName": "x.F", "OwnerName": "me", "OwnerType": "USER"}
    in_database = ("--database-name", "more")
    glue("create-user-defined-function", *in_database, "--function-input", json.dumps(function))
    update = json.dumps({**function, "ClassName": "x.G"})
    named = (*in_database, "--function-name", "f")
    glue("update-user-defined-function", *named, "--function-input", update)
    assert glue("get-user-defined-function", *named)["UserDefinedFunction"]["ClassName"] == "x.G"
    assert (
        len(glue("get-user-defined-functions", *in_database, "--pattern", ".*")["UserDefinedFunctions"]) == 1
    )
    glue("delete-user-defined-function", *named)
    glue("delete-database", "--name", "more")


def _settings(glue: Glue, refused: Glue) -> None:
    """Connections, catalogs, policies and encryption."""
    properties = {"JDBC_CONNECTION_URL": "jdbc:postgresql://db/x", "USERNAME": "u", "PASSWORD": "p"}
    for name in ("a", "b", "c"):
        spec = {"Name": name, "ConnectionType": "JDBC", "ConnectionProperties": properties}
        glue("create-connection", "--connection-input", json.dumps(spec))
    changed = json.dumps({**spec, "Description": "new"})
    glue("update-connection", "--name", "c", "--connection-input", changed)
    hidden = glue("get-connection", "--name", "c", "--hide-password")["Connection"]
    assert ("PASSWORD" in hidden["ConnectionProperties"], hidden["Description"]) == (False, "new")
    assert len(glue("get-connections", "--page-size", 2)["ConnectionList"]) == 3
    assert refused("test-connection", "--connection-name", "c")
    glue("delete-connection", "--connection-name", "a")
    gone = glue("batch-delete-connection", "--connection-name-list", "b", "c", "none")
    assert sorted(gone["Succeeded"]) == ["b", "c"]

    assert len(glue("get-catalogs")["CatalogList"]) <= 1
    assert glue("get-catalog", "--catalog-id", "000000000000")["Catalog"]["CatalogId"] == "000000000000"
    assert glue("get-catalog-import-status")["ImportStatus"]["ImportCompleted"] is True
    assert refused("create-catalog", "--name", "x", "--catalog-input", "{}")
    assert refused("update-catalog", "--catalog-id", "x", "--catalog-input", "{}")
    assert refused("delete-catalog", "--catalog-id", "x")
    assert glue("import-catalog-to-glue") in ({}, None)

    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    glue("put-resource-policy", "--policy-in-json", policy)
    assert json.loads(glue("get-resource-policy")["PolicyInJson"]) == json.loads(policy)
    assert len(glue("get-resource-policies")["GetResourcePoliciesResponseList"]) == 1
    glue("delete-resource-policy")
    settings = {"ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False}}
    glue(
        "put-data-catalog-encryption-settings",
        *("--data-catalog-encryption-settings", json.dumps(settings)),
    )
    got = glue("get-data-catalog-encryption-settings")["DataCatalogEncryptionSettings"]
    assert got["ConnectionPasswordEncryption"]["ReturnConnectionPasswordEncrypted"] is False


def _crawlers(lab: Any, glue: Glue, refused: Glue) -> None:
    """A crawler that makes a table of two files, its schedule and its classifier."""
    lab.workspace.place.put("crawled/sales/1.csv", b"id,name\n1,a\n2,b\n")
    glue("create-database", "--database-input", '{"Name": "crawled"}')
    csv = {"Name": "commas", "Delimiter": ",", "ContainsHeader": "PRESENT"}
    glue("create-classifier", "--csv-classifier", json.dumps(csv))
    glue("update-classifier", "--csv-classifier", json.dumps({"Name": "commas", "Delimiter": ","}))
    assert glue("get-classifier", "--name", "commas")["Classifier"]["CsvClassifier"]["Delimiter"] == ","
    assert len(glue("get-classifiers")["Classifiers"]) == 1

    targets = ("--targets", json.dumps({"S3Targets": [{"Path": f"s3://{lab.bucket}/crawled/"}]}))
    role = ("--role", "arn:aws:iam::000000000000:role/glue")
    glue("create-crawler", "--name", "c", *role, "--database-name", "crawled", *targets)
    glue("update-crawler", "--name", "c", "--description", "new", "--schedule", "cron(0 12 * * ? *)")
    named = ("--crawler-name", "c")
    glue("update-crawler-schedule", *named, "--schedule", "cron(0 13 * * ? *)")
    glue("stop-crawler-schedule", *named)
    glue("start-crawler-schedule", *named)
    assert glue("list-crawlers")["CrawlerNames"] == ["c"]
    assert [crawler["Name"] for crawler in glue("get-crawlers")["Crawlers"]] == ["c"]
    assert glue("batch-get-crawlers", "--crawler-names", "c", "none")["CrawlersNotFound"] == ["none"]
    glue("start-crawler", "--name", "c")
    for _ in range(120):
        if glue("get-crawler", "--name", "c")["Crawler"]["State"] == "READY":
            break
        time.sleep(0.5)
    (crawl,) = glue("list-crawls", *named)["Crawls"]
    assert crawl["State"] == "COMPLETED", crawl
    assert glue("get-crawler-metrics")["CrawlerMetricsList"][0]["TablesCreated"] == 1
    assert glue("get-tables", "--database-name", "crawled")["TableList"]
    assert refused("stop-crawler", "--name", "c") == "CrawlerNotRunningException"
    glue("delete-crawler", "--name", "c")
    glue("delete-classifier", "--name", "commas")
