"""AWS's own command line: every operation that is served."""

import json
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

    _jobs(lab, glue)
    _catalog(lab, glue)
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
