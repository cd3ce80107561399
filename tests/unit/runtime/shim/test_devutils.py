"""`awsglue.devutils` speaks to the server in the API's words."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

import placekeeper.runtime
from placekeeper.host.serving import serving
from placekeeper.model.errors import UsageError
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state

SHIM = Path(placekeeper.runtime.__file__).parent / "shim"


@pytest.fixture
def devutils(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SHIM))
    yield importlib.import_module("awsglue.devutils")
    for name in [name for name in sys.modules if name.partition(".")[0] == "awsglue"]:
        del sys.modules[name]


def described(devutils: Any) -> Any:
    job = devutils.Job()
    job.name, job.role = "nightly", "arn:aws:iam::123456789012:role/x"
    job.command = devutils.Command("glueetl", "s3://bucket/nightly.py")
    job.executionProperty = devutils.ExecutionProperty(3)
    job.defaultArguments = {"--a": "b"}
    job.maxRetries = 1
    return job


def test_a_job_is_created_found_changed_and_deleted(
    devutils: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = open_state(Settings(state=tmp_path), {})
    with serving(state) as url:
        for name, value in (
            ("AWS_ENDPOINT_URL_GLUE", url),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ):
            monkeypatch.setenv(name, value)
        utils, job = devutils.GlueJobUtils(None), described(devutils)
        assert utils.create_job(job)["Name"] == "nightly"
        found = utils.get_job("nightly")
        assert found.as_dict().items() >= job.as_dict().items()
        job.maxRetries = 2
        utils.update_job(job)
        listed = utils.get_jobs()
        assert [(one.name, one.maxRetries) for one in listed["jobs"]] == [("nightly", 2)]
        assert listed["nextToken"] == ""
        utils.delete_job("nightly")
        assert utils.get_jobs()["jobs"] == []
    state.close()


def test_descriptions_have_what_is_set(devutils: Any) -> None:
    job = described(devutils)
    job.createdOn = "yesterday"
    assert "CreatedOn" in job.as_dict()
    assert "CreatedOn" not in job.as_job_create_dict()
    update = job.as_job_update_dict()
    assert update["JobName"] == "nightly"
    assert "Name" not in update["JobUpdate"]
    assert repr(devutils.Connections(["c"])) == "{'Connections': ['c']}"


def test_a_script_goes_to_s3_alone(devutils: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    utils = devutils.GlueJobUtils(None)
    assert utils._get_bucket_prefix_from_s3_url("s3://bucket/a/b.py") == ("bucket", "a/b.py")
    with pytest.raises(UsageError, match="not to '/tmp/x\\.py'"):
        utils._get_bucket_prefix_from_s3_url("/tmp/x.py")
    with pytest.raises(UsageError, match=r"set job\.command first"):
        utils.create_job(devutils.Job(), "x.py")
