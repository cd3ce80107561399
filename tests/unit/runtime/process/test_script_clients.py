"""What a script's boto3 clients look for before it is visible."""

from typing import Any

import boto3.session
import pytest
from botocore.stub import ANY, Stubber

from placekeeper.runtime.process.script_clients import watch


class Run:
    """A run that has staged one object."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def hides(self, prefix: str) -> bool:
        return "s3://b/out/part-0.csv".startswith(prefix)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    register = boto3.session.Session._register_default_handlers
    monkeypatch.setattr(boto3.session.Session, "_register_default_handlers", register)
    made = Run()
    watch(made, "import boto3", has_modules=False)
    return made


def client() -> Any:
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    return boto3.session.Session().client("s3", "us-east-1", endpoint_url="http://127.0.0.1:9", **keys)


@pytest.mark.parametrize(
    ("method", "operation", "given", "is_noted"),
    [
        ("list_objects", "list_objects", {"Bucket": "b", "Prefix": "out"}, True),
        ("list_objects_v2", "list_objects_v2", {"Bucket": "b"}, True),
        ("head_object", "head_object", {"Bucket": "b", "Key": "out/part-0.csv"}, True),
        ("get_object", "get_object", {"Bucket": "b", "Key": "out/other.csv"}, False),
        ("list_objects", "list_objects", {"Bucket": "c", "Prefix": "out"}, False),
        ("delete_object", "delete_object", {"Bucket": "b", "Key": "out/part-0.csv"}, False),
    ],
)
def test_looking_where_the_run_has_written_is_noted(
    run: Run, method: str, operation: str, given: dict[str, str], is_noted: bool
) -> None:
    s3 = client()
    with Stubber(s3) as stub:
        stub.add_response(operation, {}, dict.fromkeys(given, ANY))
        getattr(s3, method)(**given)
    assert bool(run.notes) is is_noted
    assert all("--output-visibility immediate" in sentence for sentence in run.notes)


@pytest.mark.parametrize("source", [{"Bucket": "b", "Key": "out/part-0.csv"}, "b/out/part-0.csv"])
def test_copying_from_there_is_noted(run: Run, source: object) -> None:
    s3 = client()
    with Stubber(s3) as stub:
        stub.add_response("copy_object", {}, {"Bucket": ANY, "Key": ANY, "CopySource": ANY})
        s3.copy_object(Bucket="c", Key="x", CopySource=source)
    assert run.notes[0].startswith("the script asks S3 for s3://b/out/part-0.csv")


def test_it_is_said_once(run: Run) -> None:
    s3 = client()
    with Stubber(s3) as stub:
        for prefix in ("out", "out/part"):
            stub.add_response("list_objects", {}, {"Bucket": ANY, "Prefix": ANY})
            s3.list_objects(Bucket="b", Prefix=prefix)
    assert len(run.notes) == 1


def test_a_script_without_boto3_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = boto3.session.Session._register_default_handlers
    watch(Run(), "print(1)", has_modules=False)
    assert boto3.session.Session._register_default_handlers is before
