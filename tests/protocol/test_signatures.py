"""Signed requests: boto3's own, and what is wrong with others."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from placekeeper.host.clock import SystemClock
from placekeeper.model.access import AccessKey
from placekeeper.model.exchange import GLUE_OF_A_RUN
from placekeeper.model.jobs import JobRunState
from placekeeper.server.access.callers import Callers
from placekeeper.server.app import create_app
from placekeeper.server.http.serve import Server

SECRET = "correct horse battery staple"
KEYS = {
    "WRITER": AccessKey(id="WRITER", secret=SECRET),
    "READER": AccessKey(id="READER", secret=SECRET[::-1], read_only=True),
}
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
BODY = b'{"JobName":"flights"}'


class At:
    """A clock that stands."""

    def now_ms(self) -> int:
        return int(NOW.timestamp() * 1000)


@pytest.fixture
def guarded(control: Any, model: Any, listening: Any) -> Iterator[Callable[..., str]]:
    """Puts the application in, with keys: its URL."""
    switch, running = listening

    def start(clock: Any) -> str:
        switch.app = create_app(control, model, callers=Callers(KEYS, clock))
        return str(running.url)

    yield start
    switch.app = None


@pytest.fixture
def signed(guarded: Any, http: Any) -> Callable[..., Any]:
    """Signs as botocore does, lets the test spoil it, sends it."""
    url = guarded(At())

    def send(
        operation: str = "GetJobs",
        body: bytes = b"{}",
        *,
        key: str = "WRITER",
        secret: str | None = None,
        at: datetime = NOW,
        service: str = "glue",
        before: Callable[[AWSRequest], None] = lambda _: None,
        spoil: Callable[[SimpleNamespace], None] = lambda _: None,
    ) -> tuple[int, str, str]:
        request = AWSRequest("POST", url + "/", data=body)
        request.headers["X-Amz-Target"] = f"AWSGlue.{operation}"
        request.headers["Content-Type"] = "application/x-amz-json-1.1"
        request.headers["Host"] = url.removeprefix("http://")
        request.headers["X-Amz-Date"] = at.strftime("%Y%m%dT%H%M%SZ")
        before(request)
        known = KEYS.get(key)
        signer = SigV4Auth(
            Credentials(key, secret or (known.secret if known else "x" * 20)), service, "eu-central-1"
        )
        request.context["timestamp"] = request.headers["X-Amz-Date"]
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        signer._inject_signature_to_request(request, signature)
        sent = SimpleNamespace(body=body, headers=dict(request.headers.items()), query="", more=[])
        spoil(sent)
        headers = [*sent.headers.items(), *sent.more]
        from urllib3 import HTTPHeaderDict

        answer = http.request("POST", f"{url}/{sent.query}", body=sent.body, headers=HTTPHeaderDict(headers))
        found = answer.json()
        return answer.status, found.get("__type", "OK"), found.get("Message", "")

    return send


def test_boto3_with_a_key(guarded: Any, job: Any) -> None:
    client = session("WRITER", SECRET).client("glue", endpoint_url=guarded(SystemClock()))
    name = client.create_job(**job(Description="ünï ☃"))["Name"]
    assert client.get_job(JobName=name)["Job"]["Description"] == "ünï ☃"
    client.close()


def session(key: str, secret: str, **more: str) -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=key, aws_secret_access_key=secret, region_name="ap-south-2", **more
    )


@pytest.mark.parametrize(
    ("key", "secret", "more", "code"),
    [
        ("NOBODY", SECRET, {}, "UnrecognizedClientException"),
        ("WRITER", SECRET + "x", {}, "InvalidSignatureException"),
        ("WRITER", SECRET, {"aws_session_token": "t"}, "UnrecognizedClientException"),
    ],
)
def test_boto3_with_another(guarded: Any, key: str, secret: str, more: dict[str, str], code: str) -> None:
    client = session(key, secret, **more).client("glue", endpoint_url=guarded(SystemClock()))
    with pytest.raises(ClientError) as error:
        client.get_jobs()
    assert error.value.response["Error"]["Code"] == code
    assert "included in the request is invalid" in str(error.value) or code.startswith("InvalidS")
    client.close()


def test_a_reader_looks_and_changes_nothing(signed: Any) -> None:
    assert signed("GetJobs", key="READER")[:2] == (200, "OK")
    for operation in ("CreateJob", "DeleteJob", "ResetJobBookmark", "StartJobRun"):
        status, code, message = signed(operation, BODY, key="READER")
        assert (status, code) == (400, "AccessDeniedException")
        assert f"is not authorized to perform: glue:{operation} because no identity-based" in message
    assert signed("GetJob", BODY)[1] == "EntityNotFoundException"


def test_the_window_is_five_minutes(signed: Any) -> None:
    edge, beyond = timedelta(minutes=5), timedelta(minutes=5, seconds=1)
    for offset in (-edge, edge):
        assert signed(at=NOW + offset)[0] == 200
    _, code, text = signed(at=NOW - beyond)
    assert code == "InvalidSignatureException"
    assert text.startswith("Signature expired: 20261122T115459Z is now earlier than 20261122T115500Z (2026")
    assert "Signature not yet current: 20261122T120501Z" in signed(at=NOW + beyond)[2]


def test_the_same_signature_again_is_accepted_within_the_window(signed: Any) -> None:
    assert [signed()[0] for _ in range(3)] == [200] * 3


def test_no_signature(guarded: Any, http: Any) -> None:
    answer = http.request("POST", guarded(At()), body=b"{}", headers={"x-amz-target": "AWSGlue.GetJobs"})
    assert (answer.status, answer.json()) == (
        400,
        {"__type": "MissingAuthenticationTokenException", "Message": "Missing Authentication Token"},
    )


def put(name: str, value: str) -> Callable[[Any], None]:
    return lambda sent: sent.headers.update({name: value})


def within(name: str, old: str, new: str) -> Callable[[Any], None]:
    return lambda sent: sent.headers.update({name: sent.headers[name].replace(old, new)})


SPOILT: dict[str, tuple[Callable[[Any], None], str, str]] = {
    "another body": (lambda sent: setattr(sent, "body", b"{ }"), "InvalidSignature", "does not match"),
    "another operation": (put("X-Amz-Target", "AWSGlue.GetJob"), "InvalidSignature", "does not match"),
    "another content type": (put("Content-Type", "application/json"), "InvalidSignature", "does not match"),
    "a query": (lambda sent: setattr(sent, "query", "?a=b"), "InvalidSignature", "does not match"),
    "the region": (
        within("Authorization", "eu-central-1", "us-east-1"),
        "InvalidSignature",
        "does not match",
    ),
    "the day": (within("Authorization", "20261122", "20261121"), "InvalidSignature", "Date in Credential"),
    "the service": (within("Authorization", "/glue/", "/s3/"), "InvalidSignature", "service: 'glue'"),
    "terminator": (within("Authorization", "aws4_request", "aws5"), "InvalidSignature", "terminator"),
    "algorithm": (within("Authorization", "AWS4-HMAC", "AWS5-HMAC"), "IncompleteSignature", "algorithm"),
    "a bearer": (put("Authorization", "Bearer x"), "IncompleteSignature", "algorithm"),
    "no credential": (within("Authorization", "Credential", "X"), "IncompleteSignature", "'Credential'"),
    "a short scope": (within("Authorization", "/glue", ""), "IncompleteSignature", "KEY/YYYYMMDD"),
    "no digits": (within("Authorization", "Signature=", "Signature=é"), "IncompleteSignature", "64 hex"),
    "unsigned target": (within("Authorization", ";x-amz-target", ""), "IncompleteSignature", "x-amz-target"),
    "unsigned host": (within("Authorization", "host;", ""), "IncompleteSignature", "'host'"),
    "a header not sent": (within("Authorization", "host;", "a;host;"), "IncompleteSignature", "not have"),
    "a bad date": (put("X-Amz-Date", "yesterday"), "IncompleteSignature", "ISO-8601"),
    "no such date": (put("X-Amz-Date", "20261399T000000Z"), "IncompleteSignature", "ISO-8601"),
    "two targets": (
        lambda sent: sent.more.append(("X-Amz-Target", "AWSGlue.GetJob")),
        "IncompleteSignature",
        "more than once",
    ),
    "presigned": (
        lambda sent: setattr(sent, "query", "?X-Amz-Signature=" + "0" * 64),
        "IncompleteSignature",
        "Presigned",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_was_changed_after_signing(signed: Any, name: str) -> None:
    spoil, code, message = SPOILT[name]
    status, found, text = signed(spoil=spoil)
    assert (status, found) == (400, f"{code}Exception"), text
    assert message in text


@pytest.mark.parametrize("digest", ["UNSIGNED-PAYLOAD", hashlib.sha256(b"x").hexdigest(), "é"])
def test_a_digest_that_is_not_the_bodys(signed: Any, digest: str) -> None:
    def add(request: AWSRequest) -> None:
        headers: HTTPHeaders = request.headers
        headers["X-Amz-Content-Sha256"] = digest

    status, code, text = signed(before=add)
    assert (status, code) == (400, "InvalidSignatureException")
    assert "is not the SHA-256 of the body" in text


def test_the_digest_of_the_body(signed: Any) -> None:
    digest = hashlib.sha256(b"{}").hexdigest()
    assert signed(before=lambda request: request.headers.add_header("X-Amz-Content-Sha256", digest))[0] == 200


def test_secrets_of_scripts_are_not_needed(guarded: Any, control: Any) -> None:
    """A script signs with what it has for S3; the token in its endpoint says whose it is, while it runs."""
    run, token = control.run_starter.register(
        "flights", script_location="f.py", arguments={}, launcher="test:1:1"
    )
    endpoint = f"{guarded(At())}{GLUE_OF_A_RUN}/{token}"
    client = session("AKIAS3", "whatever").client("glue", endpoint_url=endpoint)
    assert client.get_job_run(JobName="flights", RunId=run.id)["JobRun"]["Id"] == run.id
    control.lifecycle.move(run, JobRunState.FAILED, "over")
    with pytest.raises(ClientError, match="does not belong to a run in progress"):
        client.get_job(JobName="flights")
    client.close()


def test_health_needs_no_signature(guarded: Any, http: Any) -> None:
    assert http.request("GET", guarded(At()) + "/health").status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_addresses_are_served_with_keys(control: Any, model: Any, http: Any, host: str) -> None:
    app = create_app(control, model, callers=Callers(KEYS, At()))
    try:
        server = Server(app, host=host, checks_signatures=True)
        server.start()
    except OSError:
        pytest.skip("no IPv6 here")
    with http.request("GET", server.url + "/health", preload_content=False) as answer:
        assert answer.status == 200
    http.clear()
    server.stop()
