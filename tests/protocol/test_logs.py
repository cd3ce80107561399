"""CloudWatch Logs at Glue's endpoint: what Airflow and Dagster ask there."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from placekeeper.host.clock import SystemClock
from placekeeper.model.access import AccessKey
from placekeeper.model.jobs import JobRunState
from placekeeper.server.access.callers import Callers
from placekeeper.server.app import create_app
from placekeeper.server.beside import cloudwatch_logs

OUTPUT, ERROR = "/aws-glue/jobs/output", "/aws-glue/jobs/error"


class Said(dict[tuple[str, str], bytes]):
    """Logs in memory, by run and stream."""

    def read(self, run_id: str, stream: str, start: int, size: int) -> bytes:
        return self.get((run_id, stream), b"")[start : start + size]


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def cloudwatch(control: Any, model: Any, listening: Any, server: Any, said: Said) -> Iterator[Any]:
    switch, running = listening
    switch.app = create_app(control, model, logs=said)
    session = boto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="eu-west-1")
    client = session.client("logs", endpoint_url=running.url)
    yield client
    client.close()


@pytest.fixture
def run_id(cloudwatch: Any, glue: Any, job: Any) -> str:
    glue.create_job(**job())
    return glue.start_job_run(JobName="flights")["JobRunId"]


def lines(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def test_following_by_filter_as_airflow_does(
    cloudwatch: Any, glue: Any, control: Any, said: Said, run_id: str
) -> None:
    started = glue.get_job_run(JobName="flights", RunId=run_id)["JobRun"]["StartedOn"]
    paginator = cloudwatch.get_paginator("filter_log_events")
    token, seen = None, []

    def look() -> None:
        nonlocal token
        pages = paginator.paginate(
            logGroupName=OUTPUT,
            logStreamNames=[run_id],
            startTime=int(started.timestamp() * 1000),
            PaginationConfig={"StartingToken": token},
        )
        for page in pages:
            seen.extend(lines(page))
            token = page.get("nextToken") or token

    look()
    assert seen == []
    for more in (b"one\ntw", b"o\n", "thrée\n".encode(), b"", b"four"):
        said[run_id, "output"] = said.get((run_id, "output"), b"") + more
        look()
    assert seen == ["one", "two", "thrée"]
    control.lifecycle.move(control.runs.find(run_id), JobRunState.FAILED, "it failed")
    look()
    look()
    assert seen == ["one", "two", "thrée", "four"]


def test_reading_a_stream_as_dagster_does(cloudwatch: Any, said: Said, run_id: str) -> None:
    said[run_id, "output"] = b"one\n\ntwo\n"
    said[run_id, "error"] = b"oh\n"
    found = cloudwatch.describe_log_streams(logGroupName=OUTPUT, logStreamNamePrefix=run_id)["logStreams"]
    assert [stream["logStreamName"] for stream in found] == [run_id]
    asked = {"logGroupName": OUTPUT, "logStreamName": run_id}
    first = cloudwatch.get_log_events(**asked)
    assert lines(first) == ["one", "", "two"]
    again = cloudwatch.get_log_events(**asked, nextToken=first["nextForwardToken"])
    assert (again["events"], again["nextForwardToken"]) == ([], first["nextForwardToken"])
    assert lines(cloudwatch.get_log_events(logGroupName=ERROR, logStreamName=run_id)) == ["oh"]
    far_in_the_future = cloudwatch.get_log_events(**asked, startTime=4_000_000_000_000)
    assert far_in_the_future["events"] == []


def test_pages_are_of_whole_lines_unless_one_is_larger(
    cloudwatch: Any, said: Said, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloudwatch_logs, "PAGE_BYTES", 10)
    said[run_id, "output"] = b"1234\n6789\nabcdefghijklm\nend\n"
    token, seen = "f/0", []
    for _ in range(5):
        page = cloudwatch.get_log_events(logGroupName=OUTPUT, logStreamName=run_id, nextToken=token)
        seen.append(lines(page))
        token = page["nextForwardToken"]
    assert seen == [["1234", "6789"], ["abcdefghij"], ["klm", "end"], [], []]


def test_what_is_not_there(cloudwatch: Any, run_id: str) -> None:
    assert (
        cloudwatch.describe_log_streams(logGroupName=OUTPUT, logStreamNamePrefix="jr_0")["logStreams"] == []
    )
    for group, stream in ((OUTPUT, "../../etc"), (OUTPUT, "jr_0"), ("/aws/lambda/f", run_id)):
        with pytest.raises(cloudwatch.exceptions.ResourceNotFoundException):
            cloudwatch.get_log_events(logGroupName=group, logStreamName=stream)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda c: c.describe_log_groups(), "UnknownOperationException"),
        (lambda c: c.filter_log_events(logGroupName=OUTPUT), "InvalidParameterException"),
        (
            lambda c: c.get_log_events(logGroupName=OUTPUT, logStreamName="x", nextToken="f/-1"),
            "InvalidParameterException",
        ),
    ],
)
def test_what_is_refused(cloudwatch: Any, ask: Any, code: str) -> None:
    with pytest.raises(ClientError) as error:
        ask(cloudwatch)
    assert error.value.response["Error"]["Code"] == code


def test_with_keys_a_signature_is_asked_for(
    cloudwatch: Any, control: Any, model: Any, listening: Any, said: Said, run_id: str
) -> None:
    key = AccessKey(id="READER", secret="correct horse battery staple", read_only=True)
    switch, running = listening
    switch.app = create_app(control, model, logs=said, callers=Callers({key.id: key}, SystemClock()))
    asked = {"logGroupName": OUTPUT, "logStreamName": run_id}
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        cloudwatch.get_log_events(**asked)
    session = boto3.Session(
        aws_access_key_id=key.id, aws_secret_access_key=key.secret, region_name="eu-west-1"
    )
    reader = session.client("logs", endpoint_url=running.url)
    assert reader.get_log_events(**asked)["events"] == []
    reader.close()


@pytest.mark.parametrize("body", [b"", b"[]", b'{"logGroupName": 1}', b"{}", b"\xff"])
def test_bodies_that_cannot_be_read(cloudwatch: Any, post: Any, body: bytes) -> None:
    answer = post("", body, x_amz_target="Logs_20140328.GetLogEvents")
    assert (answer.status, answer.json["__type"]) == (400, "SerializationException")


def test_the_log_of_the_newest_crawl_of_a_crawler(cloudwatch: Any, glue: Any, said: Said) -> None:
    targets = {"S3Targets": [{"Path": "s3://b/t"}]}
    glue.create_crawler(Name="c", Role="r", Targets=targets)
    of = {"logGroupName": "/aws-glue/crawlers"}
    assert cloudwatch.describe_log_streams(**of, logStreamNamePrefix="c")["logStreams"] == []
    glue.start_crawler(Name="c")
    (crawl,) = glue.list_crawls(CrawlerName="c")["Crawls"]
    assert (crawl["LogGroup"], crawl["LogStream"]) == ("/aws-glue/crawlers", "c")
    said[crawl["CrawlId"], "output"] = b"one\ntwo\n"
    assert lines(cloudwatch.get_log_events(**of, logStreamName="c", startFromHead=True)) == ["one", "two"]
    (stream,) = cloudwatch.describe_log_streams(**of, logStreamNamePrefix="c")["logStreams"]
    assert stream["logStreamName"] == "c"
