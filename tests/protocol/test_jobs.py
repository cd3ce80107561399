"""boto3 against the server: jobs."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

FULL = {
    "JobMode": "SCRIPT",
    "JobRunQueuingEnabled": False,
    "Description": "two\nlines",
    "LogUri": "s3://logs/",
    "ExecutionProperty": {"MaxConcurrentRuns": 3},
    "DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable", "--empty": ""},
    "NonOverridableArguments": {"--x": "é😀"},
    "Connections": {"Connections": ["a", "b"]},
    "MaxRetries": 2,
    "Timeout": 5,
    "SecurityConfiguration": "secret",
    "NotificationProperty": {"NotifyDelayAfter": 7},
    "GlueVersion": "4.0",
    "NumberOfWorkers": 4,
    "WorkerType": "G.2X",
    "ExecutionClass": "STANDARD",
    "MaintenanceWindow": "Sun:10",
    "CodeGenConfigurationNodes": {
        "node-1": {
            "S3CsvSource": {"Name": "in", "Paths": ["s3://in/"], "Separator": "comma", "QuoteChar": "quote"}
        }
    },
    "SourceControlDetails": {"Provider": "GITHUB", "Repository": "r"},
}


@pytest.fixture
def secret(glue: Any) -> None:
    """The security configuration that FULL names."""
    glue.create_security_configuration(Name="secret", EncryptionConfiguration={})


def code_and_message(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


@pytest.mark.usefixtures("secret")
def test_get_job_echoes_what_was_sent_and_what_aws_derives(glue: Any, job: Any) -> None:
    sent = job(**FULL, Tags={"team": "x"})
    assert glue.create_job(**sent)["Name"] == "flights"

    shown = glue.get_job(JobName="flights")["Job"]

    del sent["Tags"]
    assert {name: shown[name] for name in sent} == sent
    assert {name: shown[name] for name in shown.keys() - sent.keys()} == {
        "CreatedOn": shown["CreatedOn"],
        "LastModifiedOn": shown["CreatedOn"],
        "MaxCapacity": 8.0,
        "AllocatedCapacity": 8,
    }
    assert shown["CreatedOn"].astimezone(UTC).replace(microsecond=0) == datetime(
        2023, 11, 14, 22, 13, 20, tzinfo=UTC
    )


def test_a_job_with_the_least_that_is_required(glue: Any, job: Any) -> None:
    glue.create_job(**job())
    shown = glue.get_job(JobName="flights")["Job"]
    derived = {name: shown[name] for name in shown.keys() - job().keys() - {"CreatedOn", "LastModifiedOn"}}
    assert derived == {
        "MaxRetries": 0,
        "GlueVersion": "6.0",
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "MaxCapacity": 10.0,
        "AllocatedCapacity": 10,
        "Timeout": 480,
    }


def test_timestamps_have_milliseconds(post: Any, job: Any) -> None:
    post("CreateJob", job())
    assert post("GetJob", {"JobName": "flights"}).json["Job"]["CreatedOn"] == 1_700_000_000.123


def test_the_same_definition_again_is_the_same_job_and_another_is_refused(glue: Any, job: Any) -> None:
    glue.create_job(**job())
    assert glue.create_job(**job())["Name"] == "flights"
    with pytest.raises(glue.exceptions.IdempotentParameterMismatchException) as error:
        glue.create_job(**job(Timeout=7))
    assert code_and_message(error) == (
        "IdempotentParameterMismatchException",
        "Job with name 'flights' already submitted with different configuration",
    )
    assert glue.get_job(JobName="flights")["Job"]["Timeout"] == 480


def test_a_missing_job(glue: Any) -> None:
    with pytest.raises(glue.exceptions.EntityNotFoundException) as error:
        glue.get_job(JobName="absent")
    assert code_and_message(error) == ("EntityNotFoundException", "Job with name: absent not found.")
    assert error.value.response["Message"] == "Job with name: absent not found."


def test_deleting_twice_is_no_error(glue: Any, job: Any) -> None:
    glue.create_job(**job())
    for _ in range(2):
        assert glue.delete_job(JobName="flights")["JobName"] == "flights"
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_job(JobName="flights")


def test_get_jobs_by_name_in_pages_while_jobs_are_added(glue: Any, job: Any) -> None:
    names = [f"job-{number:02}" for number in range(10)]
    for name in reversed(names):
        glue.create_job(**job(name))
    seen: list[str] = []
    for page in glue.get_paginator("get_jobs").paginate(PaginationConfig={"PageSize": 3}):
        seen += [found["Name"] for found in page["Jobs"]]
        glue.create_job(**job(f"a-{len(seen)}"))  # sorts before what was read: it must move nothing
    assert seen == names


def test_a_page_that_ends_with_the_last_job_has_no_token(glue: Any, job: Any) -> None:
    for name in ("a", "b"):
        glue.create_job(**job(name))
    assert "NextToken" not in glue.get_jobs(MaxResults=2)
    assert "NextToken" in glue.get_jobs(MaxResults=1)
    assert len(glue.get_jobs(NextToken="")["Jobs"]) == 2
    assert glue.get_jobs()["Jobs"][1]["Name"] == "b"


def test_no_jobs(post: Any) -> None:
    assert post("GetJobs").json == {"Jobs": []}


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "é",
        "eyJ9",
        "WyJHZXRKb2JzIiwxXQ==",
        "WyJHZXRKb2JSdW5zIGEiLDFd",
        "WyJHZXRKb2JzIiwiXHUwMDAwIl0=",
        "/+==",
        "gA==",
    ],
)
def test_a_token_that_was_not_given(glue: Any, job: Any, token: str) -> None:
    glue.create_job(**job("a"))
    with pytest.raises(glue.exceptions.InvalidInputException) as error:
        glue.get_jobs(NextToken=token)
    assert "NextToken" in code_and_message(error)[1]
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_job_runs(JobName="b", NextToken=token)


@pytest.mark.usefixtures("secret")
def test_answers_are_as_the_model_says(post: Any, job: Any, departures: Any) -> None:
    for operation, body in (
        ("CreateJob", job(**FULL)),
        ("GetJob", {"JobName": "flights"}),
        ("GetJobs", {"MaxResults": 1}),
        ("DeleteJob", {"JobName": "flights"}),
    ):
        answer = post(operation, body)
        assert answer.status == 200, answer.raw
        assert departures(operation, answer.json) == []
