"""boto3 against the server: job runs."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from placekeeper.model.jobs import JobRunState

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])


def message(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Message"])


def test_a_run_as_aws_shows_it(glue: Any, job: Any) -> None:
    glue.create_job(
        **job(DefaultArguments={"--a": "1"}, NumberOfWorkers=2, WorkerType="G.1X", GlueVersion="5.0")
    )
    run_id = glue.start_job_run(JobName="flights", Arguments={"--b": "2"})["JobRunId"]

    shown = glue.get_job_run(JobName="flights", RunId=run_id, PredecessorsIncluded=True)["JobRun"]

    started = shown.pop("StartedOn")
    assert shown.pop("LastModifiedOn") == started
    assert shown == {
        "Id": run_id,
        "Attempt": 0,
        "JobName": "flights",
        "JobRunState": "STARTING",
        "Arguments": {"--b": "2"},
        "PredecessorRuns": [],
        "AllocatedCapacity": 2,
        "ExecutionTime": 0,
        "Timeout": 480,
        "MaxCapacity": 2.0,
        "WorkerType": "G.1X",
        "NumberOfWorkers": 2,
        "LogGroupName": "/aws-glue/jobs",
        "GlueVersion": "5.0",
    }


def test_arguments_are_absent_when_none_were_passed(glue: Any, job: Any) -> None:
    glue.create_job(**job(DefaultArguments={"--a": "1"}))
    run_id = glue.start_job_run(JobName="flights")["JobRunId"]
    assert "Arguments" not in glue.get_job_run(JobName="flights", RunId=run_id)["JobRun"]


def test_a_finished_run(glue: Any, job: Any, control: Any) -> None:
    glue.create_job(**job())
    run_id = glue.start_job_run(JobName="flights")["JobRunId"]
    control.lifecycle.move(control.runs.find(run_id), JobRunState.FAILED, "Access Denied")
    shown = glue.get_job_run(JobName="flights", RunId=run_id)["JobRun"]
    assert (shown["JobRunState"], shown["ErrorMessage"]) == ("FAILED", "Access Denied")
    assert shown["CompletedOn"] >= shown["StartedOn"]
    assert type(shown["ExecutionTime"]) is int


def test_starting_what_does_not_exist(glue: Any) -> None:
    with pytest.raises(glue.exceptions.EntityNotFoundException) as error:
        glue.start_job_run(JobName="absent")
    assert message(error) == "Failed to start job run due to missing metadata."


def test_one_run_too_many(glue: Any, job: Any) -> None:
    glue.create_job(**job(ExecutionProperty={"MaxConcurrentRuns": 2}))
    for _ in range(2):
        glue.start_job_run(JobName="flights")
    with pytest.raises(glue.exceptions.ConcurrentRunsExceededException) as error:
        glue.start_job_run(JobName="flights")
    assert message(error) == "Concurrent runs exceeded for flights"


def test_runs_that_do_not_exist(glue: Any, job: Any) -> None:
    glue.create_job(**job())
    glue.create_job(**job("other"))
    run_id = glue.start_job_run(JobName="other")["JobRunId"]
    for asked in ("jr_0", run_id):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            glue.get_job_run(JobName="flights", RunId=asked)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_job_runs(JobName="absent")
    assert glue.get_job_runs(JobName="flights")["JobRuns"] == []


def test_get_job_runs_newest_first_and_stable_while_runs_start(glue: Any, job: Any) -> None:
    glue.create_job(**job(ExecutionProperty={"MaxConcurrentRuns": 100}))
    glue.create_job(**job("other", ExecutionProperty={"MaxConcurrentRuns": 100}))
    started = []
    for _ in range(7):
        started.append(glue.start_job_run(JobName="flights")["JobRunId"])
        glue.start_job_run(JobName="other")
    seen: list[str] = []
    pages = glue.get_paginator("get_job_runs").paginate(JobName="flights", PaginationConfig={"PageSize": 2})
    for page in pages:
        seen += [run["Id"] for run in page["JobRuns"]]
        glue.start_job_run(JobName="flights")
    assert seen == started[::-1]


def test_a_token_of_another_job_is_refused(glue: Any, job: Any) -> None:
    for name in ("flights", "other"):
        glue.create_job(**job(name, ExecutionProperty={"MaxConcurrentRuns": 5}))
        for _ in range(2):
            glue.start_job_run(JobName=name)
    token = glue.get_job_runs(JobName="flights", MaxResults=1)["NextToken"]
    assert len(glue.get_job_runs(JobName="flights", NextToken=token)["JobRuns"]) == 1
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_job_runs(JobName="other", NextToken=token)


def test_answers_are_as_the_model_says(post: Any, job: Any, departures: Any, control: Any) -> None:
    post("CreateJob", job(MaxCapacity=3, MaintenanceWindow="Mon:1"))
    started = post("StartJobRun", {"JobName": "flights", "Arguments": {"--a": ""}})
    assert departures("StartJobRun", started.json) == []
    control.lifecycle.move(control.runs.find(started.json["JobRunId"]), JobRunState.FAILED, "why")
    for operation, body in (
        ("GetJobRun", {"JobName": "flights", "RunId": started.json["JobRunId"]}),
        ("GetJobRuns", {"JobName": "flights"}),
    ):
        answer = post(operation, body)
        assert answer.status == 200, answer.raw
        assert departures(operation, answer.json) == []
