"""boto3 against the server: changing a job, and definitions that are refused."""

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://scripts/other.py"}


def message(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Message"])


def test_an_update_overwrites_the_whole_definition(glue: Any, job: Any) -> None:
    glue.create_job(**job(Description="d", Timeout=5, DefaultArguments={"--a": "1"}, MaxRetries=3))
    created = glue.get_job(JobName="flights")["Job"]

    update = {"Role": "other", "Command": COMMAND, "MaxCapacity": 4.0}
    assert glue.update_job(JobName="flights", JobUpdate=update)["JobName"] == "flights"

    shown = glue.get_job(JobName="flights")["Job"]
    assert shown.pop("LastModifiedOn") > created["LastModifiedOn"]
    assert shown == {
        **update,
        "Name": "flights",
        "CreatedOn": created["CreatedOn"],
        "MaxRetries": 0,
        "GlueVersion": "6.0",
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "AllocatedCapacity": 4,
        "Timeout": 480,
    }


def test_the_glue_version_alone_is_retained(glue: Any, job: Any) -> None:
    glue.create_job(**job(GlueVersion="4.0"))
    glue.update_job(JobName="flights", JobUpdate={"Command": COMMAND})
    shown = glue.get_job(JobName="flights")["Job"]
    assert (shown["GlueVersion"], shown["Timeout"]) == ("4.0", 2880)
    glue.update_job(JobName="flights", JobUpdate={"Command": COMMAND, "GlueVersion": "5.0"})
    assert glue.get_job(JobName="flights")["Job"]["GlueVersion"] == "5.0"


def test_an_allocated_capacity_of_zero_says_nothing(glue: Any, job: Any) -> None:
    # Some clients fill in the model's zeros: capo-glue sends this one with every UpdateJob.
    workers = {"Command": COMMAND, "WorkerType": "G.2X", "NumberOfWorkers": 3}
    glue.create_job(**job(AllocatedCapacity=0))
    assert glue.create_job(**job())["Name"] == "flights"
    glue.update_job(JobName="flights", JobUpdate={**workers, "AllocatedCapacity": 0})
    assert glue.get_job(JobName="flights")["Job"]["AllocatedCapacity"] == 6

    run_id = glue.start_job_run(JobName="flights", AllocatedCapacity=0)["JobRunId"]
    run = glue.get_job_run(JobName="flights", RunId=run_id)["JobRun"]
    assert (run["WorkerType"], run["NumberOfWorkers"], run["AllocatedCapacity"]) == ("G.2X", 3, 6)


def test_a_run_keeps_the_definition_it_started_with(glue: Any, job: Any) -> None:
    glue.create_job(**job(Timeout=5))
    run_id = glue.start_job_run(JobName="flights")["JobRunId"]
    glue.update_job(JobName="flights", JobUpdate={"Command": COMMAND, "Timeout": 9})
    assert glue.get_job_run(JobName="flights", RunId=run_id)["JobRun"]["Timeout"] == 5


def test_a_missing_job(glue: Any) -> None:
    with pytest.raises(glue.exceptions.EntityNotFoundException) as error:
        glue.update_job(JobName="absent", JobUpdate={"Command": COMMAND})
    assert message(error) == "Job with name: absent not found."


def test_what_is_refused_changes_nothing(glue: Any, job: Any) -> None:
    glue.create_job(**job())
    before = glue.get_job(JobName="flights")["Job"]
    for refused in (
        {},
        {"Description": "no command"},
        {"Command": COMMAND, "WorkerType": "G.1X"},
        {"Command": COMMAND, "SecurityConfiguration": "absent"},
    ):
        with pytest.raises(glue.exceptions.InvalidInputException):
            glue.update_job(JobName="flights", JobUpdate=refused)
    assert glue.get_job(JobName="flights")["Job"] == before


def test_updates_at_once_leave_one_of_them_whole(glue: Any, job: Any) -> None:
    glue.create_job(**job())

    def update(number: int) -> None:
        glue.update_job(
            JobName="flights",
            JobUpdate={"Command": COMMAND, "Description": str(number), "Timeout": number},
        )

    threads = [threading.Thread(target=update, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = glue.get_job(JobName="flights")["Job"]
    assert shown["Description"] == str(shown["Timeout"])


@pytest.mark.parametrize(
    "declared",
    [
        {"WorkerType": "G.1X", "NumberOfWorkers": 2, "GlueVersion": "4.0", "ExecutionClass": "FLEX"},
        {"MaxCapacity": 10.0, "Timeout": 60, "Connections": {"Connections": ["c"]}},
        {"AllocatedCapacity": 10, "DefaultArguments": {}, "Description": ""},
        {"Command": {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": "s3://s/x.py"}},
    ],
)
def test_what_was_declared_is_what_is_shown(glue: Any, job: Any, declared: dict[str, Any]) -> None:
    """So that a second identical apply sees no change (Ansible, Terraform, Airflow)."""
    sent = job(**declared)
    glue.create_job(**sent)
    shown = glue.get_job(JobName="flights")["Job"]
    assert {name: shown[name] for name in sent} == sent
    name = sent.pop("Name")
    glue.update_job(JobName=name, JobUpdate=sent)
    again = glue.get_job(JobName="flights")["Job"]
    times = {"LastModifiedOn": None}
    assert again | times == shown | times


def test_batch_get_jobs_has_a_bound(post: Any, job: Any) -> None:
    refused = post("BatchGetJobs", {"JobNames": [f"{n}" for n in range(1001)]})
    assert (refused.status, refused.json["__type"]) == (400, "InvalidInputException")
    assert "1000" in refused.json["Message"]
    assert len(post("BatchGetJobs", {"JobNames": ["a"] * 1001}).json["JobsNotFound"]) == 1
    for name in ("large", "larger"):
        post("CreateJob", job(name, Description="", DefaultArguments={"--x": "y" * 250_000}))
        large = {"CustomCode": {"Name": "p" * 3_000_000, "Inputs": ["a"], "Code": "c", "ClassName": "c"}}
        update = {k: v for k, v in job(name).items() if k != "Name"} | {
            "CodeGenConfigurationNodes": {"x": large}
        }
        assert post("UpdateJob", {"JobName": name, "JobUpdate": update}).status == 200
    refused = post("BatchGetJobs", {"JobNames": ["large", "larger"]})
    assert (refused.status, refused.json["__type"]) == (400, "InvalidInputException")
    assert len(post("BatchGetJobs", {"JobNames": ["larger"]}).json["Jobs"]) == 1
    first = post("GetJobs").json
    assert [found["Name"] for found in first["Jobs"]] == ["large"]
    second = post("GetJobs", {"NextToken": first["NextToken"]}).json
    assert [found["Name"] for found in second["Jobs"]] == ["larger"]
    assert "NextToken" not in second


def test_batch_get_jobs(glue: Any, job: Any) -> None:
    for name in ("a", "b"):
        glue.create_job(**job(name))
    found = glue.batch_get_jobs(JobNames=["b", "absent", "a", "b", "absent"])
    assert [each["Name"] for each in found["Jobs"]] == ["b", "a"]
    assert found["JobsNotFound"] == ["absent"]
    assert found["Jobs"][1] == glue.get_job(JobName="a")["Job"]
    empty = glue.batch_get_jobs(JobNames=[])
    assert (empty["Jobs"], empty["JobsNotFound"]) == ([], [])


def test_start_calls_are_checked_with_the_jobs_definition(glue: Any, job: Any) -> None:
    glue.create_job(**job(WorkerType="G.1X", NumberOfWorkers=2, ExecutionProperty={"MaxConcurrentRuns": 9}))
    for refused, text in (
        (
            {"WorkerType": "G.1X", "NumberOfWorkers": 2, "MaxCapacity": 2.0},
            "Please do not set Max Capacity if using Worker Type and Number of Workers.",
        ),
        (
            {"MaxCapacity": 2.0, "AllocatedCapacity": 2},
            "Please set only Allocated Capacity or Max Capacity",
        ),
    ):
        with pytest.raises(glue.exceptions.InvalidInputException) as error:
            glue.start_job_run(JobName="flights", **refused)
        assert message(error) == text
    run_id = glue.start_job_run(JobName="flights", NumberOfWorkers=5)["JobRunId"]
    shown = glue.get_job_run(JobName="flights", RunId=run_id)["JobRun"]
    assert (shown["WorkerType"], shown["NumberOfWorkers"], shown["MaxCapacity"]) == ("G.1X", 5, 5.0)


def test_arguments_that_are_too_large_together(glue: Any, job: Any) -> None:
    half = "x" * 140_000
    glue.create_job(**job(DefaultArguments={"--a": half}))
    with pytest.raises(glue.exceptions.InvalidInputException, match="bytes together"):
        glue.start_job_run(JobName="flights", Arguments={"--b": half})
    glue.start_job_run(JobName="flights", Arguments={"--a": half})


def test_answers_are_as_the_model_says(post: Any, job: Any, departures: Any) -> None:
    post("CreateJob", job())
    for operation, body in (
        ("UpdateJob", {"JobName": "flights", "JobUpdate": {"Command": COMMAND}}),
        ("BatchGetJobs", {"JobNames": ["flights", "absent"]}),
    ):
        answer = post(operation, body)
        assert answer.status == 200, answer.raw
        assert departures(operation, answer.json) == []
