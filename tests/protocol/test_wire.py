"""The protocol itself, over raw HTTP."""

import re
import uuid
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from placekeeper.model.account import Account
from placekeeper.model.errors import (
    InternalServiceException,
    KeyMissing,
    MissingExtra,
    OperationTimeoutException,
    UnsupportedFeature,
)
from placekeeper.server.app import create_app
from placekeeper.server.http.journal import Entry, Journal
from placekeeper.server.http.metrics import Metrics
from placekeeper.server.http.routing import Route, Router
from placekeeper.server.http.serve import Server
from placekeeper.server.protocol import encode

JSON_1_1 = "application/x-amz-json-1.1"


def assert_error(answer: Any, code: str, message: str | None = None, *, status: int = 400) -> None:
    assert (answer.status, answer.json["__type"]) == (status, code), answer.raw
    assert answer.json.keys() == {"__type", "Message"}
    assert answer.headers["x-amzn-errortype"] == code
    assert answer.headers["content-type"] == JSON_1_1
    assert str(uuid.UUID(answer.headers["x-amzn-requestid"])) == answer.headers["x-amzn-requestid"]
    if message is not None:
        assert answer.json["Message"] == message


def test_headers_of_a_success(post: Any) -> None:
    answers = [post("GetJobs") for _ in range(2)]
    assert [answer.headers["content-type"] for answer in answers] == [JSON_1_1] * 2
    assert len({uuid.UUID(answer.headers["x-amzn-requestid"]) for answer in answers}) == 2


def test_an_error_of_an_operation(post: Any) -> None:
    assert_error(post("GetJob", {"JobName": "x"}), "EntityNotFoundException", "Job with name: x not found.")


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "GetJob",
        "AWSGlue",
        "AWSGlue.",
        "AWSGlue.getJob",
        "AWSGlue.Nothing",
        "DynamoDB.GetJob",
        "AWSGlue.GetJob.x",
    ],
)
def test_a_target_that_names_no_operation(post: Any, target: str | None) -> None:
    assert_error(post("GetJob", {"JobName": "x"}, x_amz_target=target), "UnknownOperationException")


def test_an_operation_of_glue_that_is_not_served(post: Any) -> None:
    answer = post("CreateBlueprint")
    assert_error(answer, "UnknownOperationException")
    assert "CreateBlueprint" in answer.json["Message"]


@pytest.mark.parametrize("kind", [JSON_1_1, "application/json", "Application/JSON; charset=utf-8"])
def test_content_types_of_the_protocol(post: Any, kind: str) -> None:
    assert post("GetJobs", content_type=kind).status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/cbor", ""])
def test_other_content_types(post: Any, kind: str) -> None:
    assert_error(post("GetJobs", content_type=kind), "UnknownOperationException")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"x",
        b"[]",
        b"null",
        b'"x"',
        b"1",
        b'{"JobName": NaN}',
        b"\xff",
        b'{"JobName":"\xff"}',
        b'{"JobName":"\\ud800"}',
        b"{}{}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"x":' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"JobName": 1e999}',
    ],
)
def test_bodies_that_are_no_json_object(post: Any, body: bytes) -> None:
    assert_error(post("GetJob", body), "SerializationException")


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("GetJob", {"JobName": 1}, "NUMBER_VALUE can not be converted to a String"),
        ("GetJob", {"JobName": True}, "TRUE_VALUE can not be converted to a String"),
        ("GetJob", {"JobName": {}}, "Start of structure or map found where not expected."),
        ("GetJob", {"JobName": []}, "Start of list found where not expected"),
        ("GetJobs", {"MaxResults": "1"}, "STRING_VALUE can not be converted to an Integer"),
        ("GetJobs", {"MaxResults": 1.5}, "NUMBER_VALUE can not be converted to an Integer"),
        ("GetJobs", {"MaxResults": 2**31}, "2147483648 is out of the range of integer"),
        ("GetJobRun", {"PredecessorsIncluded": 1}, "NUMBER_VALUE can not be converted to a Boolean"),
        ("CreateJob", {"Command": "x"}, "Expected structure or null"),
        ("CreateJob", {"DefaultArguments": []}, "Expected map or null"),
        ("CreateJob", {"Connections": {"Connections": {}}}, "Expected list or null"),
        ("CreateJob", {"MaxCapacity": "x"}, "STRING_VALUE can not be converted to a Double"),
        ("CreateJob", {"MaxCapacity": 10**400}, "A number is out of the range of double"),
        ("StartJobRun", {"Arguments": {"--a": 1}}, "NUMBER_VALUE can not be converted to a String"),
    ],
)
def test_members_of_another_type(post: Any, operation: str, body: Any, message: str) -> None:
    assert_error(post(operation, body), "SerializationException", message)


def test_unknown_members_and_nulls_are_ignored(post: Any) -> None:
    answer = post("GetJobs", {"Nothing": {"x": [1]}, "NextToken": None, "MaxResults": 2.0})
    assert answer.json == {"Jobs": []}


def test_a_body_that_is_too_large(post: Any) -> None:
    answer = post("GetJob", b'{"JobName":"' + b"x" * 7_000_000 + b'"}')
    assert_error(answer, "InvalidInputException", "Request size limit exceeded")


def test_a_large_body_that_is_not(post: Any) -> None:
    assert post("GetJobs", {"Nothing": "x" * 5_000_000, "More": [[]] * 100_000}).status == 200


def test_pages_of_a_browser_are_refused(post: Any) -> None:
    assert_error(post("GetJobs", origin="http://127.0.0.1"), "AccessDeniedException")


def test_health_and_other_paths(server: Any, http: Any) -> None:
    health = http.request("GET", server.url + "/health")
    assert (health.status, health.json()) == (200, {"status": "ok"})
    assert http.request("HEAD", server.url + "/health").status == 200
    for method, path, status in (("PUT", "/", 405), ("POST", "/x", 404), ("POST", "/health", 405)):
        answer = http.request(method, server.url + path)
        assert (answer.status, answer.json()["__type"]) == (status, "UnknownOperationException")


class Failing:
    """Use cases that raise."""

    account = Account()

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("error", "status", "code", "text"),
    [
        (OperationTimeoutException("later"), 400, "OperationTimeoutException", "later"),
        (UnsupportedFeature("no Ray"), 400, "InvalidInputException", "no Ray"),
        (KeyMissing("key/1"), 400, "InvalidInputException", ".*key/1.*"),
        (MissingExtra("S3", "s3"), 500, "InternalServiceException", "S3 needs the extra .*"),
        (
            RuntimeError("secret"),
            500,
            "InternalServiceException",
            "Internal error. .* request [0-9a-f-]{36}.",
        ),
    ],
)
def test_exceptions_become_answers(
    http: Any, model: Any, error: Exception, status: int, code: str, text: str
) -> None:
    app = create_app(Failing(error), model)  # type: ignore[arg-type]
    headers = {"x-amz-target": "AWSGlue.GetJobs", "content-type": JSON_1_1}
    with capture_logs() as logs, Server(app) as server:
        answer = http.request("POST", server.url, body=b"{}", headers=headers)
    assert (answer.status, answer.json()["__type"]) == (status, code)
    assert re.fullmatch(text, answer.json()["Message"])
    assert [entry["request_id"] for entry in logs] == (
        [answer.headers["x-amzn-requestid"]] if isinstance(error, RuntimeError) else []
    )


def test_a_page_that_fails_is_answered(http: Any, model: Any) -> None:
    def standing() -> Any:
        raise RuntimeError("secret")

    app = create_app(Failing(RuntimeError("no")), model, metrics=Metrics(standing))  # type: ignore[arg-type]
    with capture_logs() as logs, Server(app) as server:
        answer = http.request("GET", server.url + "/metrics")
    assert (answer.status, answer.json()["__type"]) == (500, "InternalServiceException")
    request_id = answer.headers["x-amzn-requestid"]
    assert answer.json()["Message"].startswith("Internal error. ")
    assert f"under request {request_id}" in answer.json()["Message"]
    assert [(entry["event"], entry["request_id"], entry["path"]) for entry in logs] == [
        ("request failed", request_id, "/metrics")
    ]


def test_a_failure_to_choose_an_endpoint_is_answered_and_journaled(http: Any) -> None:
    structlog.reset_defaults()  # what else ran in this process may have asked for warnings only

    def choose(_: Any) -> Any:
        raise RuntimeError("secret")

    def failure(error: Exception, entry: Entry) -> Any:
        return encode.failure(InternalServiceException("Internal error"), entry.request_id), "failed"

    app = Router({"/": Route(choose)}, {}, Journal(log_requests=True), Any, failure)
    with capture_logs() as logs, Server(app) as server:
        answer = http.request("POST", server.url)
    assert (answer.status, answer.json()["Message"]) == (500, "Internal error")
    assert [entry["event"] for entry in logs] == ["request failed", "request"]
    assert {entry["request_id"] for entry in logs} == {answer.headers["x-amzn-requestid"]}
    assert logs[1]["code"] == "failed"
