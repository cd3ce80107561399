"""STS at Glue's endpoint: clients ask there who they are."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from placekeeper.host.clock import SystemClock
from placekeeper.model.access import AccessKey
from placekeeper.server.access.callers import Callers
from placekeeper.server.app import create_app

KEYS = {"READER": AccessKey(id="READER", secret="correct horse battery staple", read_only=True)}
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.fixture
def other(server: Any) -> Iterator[Callable[..., Any]]:
    """boto3's client of another service, on our endpoint."""
    made: list[Any] = []

    def make(service: str, key: str = "any", secret: str = "any") -> Any:
        session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name="eu-west-1")
        made.append(session.client(service, endpoint_url=server.url))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def guarded(control: Any, model: Any, listening: Any, server: Any) -> None:
    switch, _ = listening
    switch.app = create_app(control, model, callers=Callers(KEYS, SystemClock()))


def test_the_account_makes_an_arn_that_tags_take(glue: Any, other: Any, job: Any) -> None:
    identity = other("sts").get_caller_identity()
    assert identity["Arn"] == "arn:aws:iam::000000000000:user/anybody"
    glue.create_job(**job(Tags={"a": "1"}))
    arn = f"arn:aws:glue:eu-west-1:{identity['Account']}:job/flights"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"a": "1"}


@pytest.mark.parametrize(
    ("service", "ask"),
    [
        ("sts", lambda client: client.get_session_token()),
        ("iam", lambda client: client.get_role(RoleName="glue")),
    ],
)
def test_nothing_else_is_served_and_clients_can_read_that(other: Any, service: str, ask: Any) -> None:
    with pytest.raises(ClientError, match="Give roles by their ARN") as error:
        ask(other(service))
    assert error.value.response["Error"]["Code"] == "UnknownOperationException"


def test_a_form_that_is_none(post: Any) -> None:
    for body in (b"", b"\xff=\x00&Action=%00<&>", b"Action"):
        answer = post("", body, x_amz_target=None, content_type=FORM)
        assert (answer.status, answer.headers["content-type"]) == (400, "text/xml")
        assert b"<Code>UnknownOperationException</Code>" in answer.raw
        assert b"\0" not in answer.raw


def test_the_key_says_who(guarded: None, other: Any) -> None:
    identity = other("sts", "READER", KEYS["READER"].secret).get_caller_identity()
    assert identity["UserId"] == "READER"


def test_another_secret(guarded: None, other: Any) -> None:
    with pytest.raises(ClientError) as error:
        other("sts", "READER", "wrong").get_caller_identity()
    assert error.value.response["Error"]["Code"] == "InvalidSignatureException"


def test_a_signature_for_sts_opens_nothing_of_glue(guarded: None, server: Any) -> None:
    from botocore.config import Config

    session = boto3.Session(
        aws_access_key_id="READER", aws_secret_access_key=KEYS["READER"].secret, region_name="eu-west-1"
    )
    client = session.client("glue", endpoint_url=server.url, config=Config(retries={"total_max_attempts": 1}))
    client.meta.events.register("choose-signer.glue.*", lambda **_: None)
    client._request_signer._signing_name = "sts"
    with pytest.raises(ClientError, match="scoped to correct service: 'glue'"):
        client.get_jobs()
    client.close()


def test_pages_in_browsers_are_refused(post: Any) -> None:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    answer = post("", body, x_amz_target=None, content_type=FORM, origin="https://example.com")
    assert b"<Code>AccessDeniedException</Code>" in answer.raw
    assert post("", body, x_amz_target=None, content_type=FORM).status == 200
