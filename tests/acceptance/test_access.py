"""`placekeeper dev` with a keys file, as its operator and its users have it."""

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError

from forked import COMMAND, start
from workspace import Workspace

SECRET = "a-secret-of-the-keys-file-4711"
STORE_SECRET = "a-secret-of-the-store-0815"

OWN_JOB = """\
import sys, boto3
from awsglue.utils import getResolvedOptions
args = getResolvedOptions(sys.argv, ["JOB_NAME"])
run = boto3.client("glue").get_job_run(JobName=args["JOB_NAME"], RunId=args["JOB_RUN_ID"])["JobRun"]
print("state", run["JobRunState"])
"""

STARTS_ITSELF = """\
import sys, boto3
from awsglue.utils import getResolvedOptions
args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glue = boto3.client("glue")
if "--second" in sys.argv:
    print("the second run")
    sys.exit()
for name in ("--scriptLocation", "--extra-py-files", "--additional-python-modules", "--conf"):
    try:
        glue.start_job_run(JobName=args["JOB_NAME"], Arguments={name: "/tmp/mine", "--second": "1"})
    except glue.exceptions.AccessDeniedException as refused:
        print("refused:", refused.response["Error"]["Message"])
try:
    glue.update_job(JobName=args["JOB_NAME"], JobUpdate={"Timeout": 1})
except glue.exceptions.ClientError as refused:
    print("refused:", refused.response["Error"]["Message"])
print("started", glue.start_job_run(JobName=args["JOB_NAME"], Arguments={"--second": "1"})["JobRunId"])
"""


def keys_file(local: Workspace) -> Path:
    path = local.folder / "keys.toml"
    path.write_text(
        f'[keys.AIRFLOW]\nsecret = "{SECRET}"\n\n[keys.GRAFANA]\nsecret = "{SECRET}"\nread_only = true\n'
    )
    path.chmod(0o600)
    return path


def client(url: str, key: str, secret: str = SECRET) -> Any:
    return boto3.client(
        "glue", endpoint_url=url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret
    )


def test_what_cannot_be_served_is_one_line_and_exit_code_2(local: Workspace) -> None:
    refused = local.command("dev", "--host", "0.0.0.0", "--port", "0")
    assert (refused.code, refused.error.count("\n")) == (2, 1)
    assert "--keys FILE" in refused.error
    malformed = local.folder / "keys.toml"
    malformed.write_text("[keys")
    malformed.chmod(0o600)
    for ended in (
        local.command("dev", "--keys", malformed),
        local.command("dev", PLACEKEEPER_KEYS=str(malformed)),
    ):
        assert (ended.code, ended.error.count("\n")) == (2, 1)
        assert "malformed" in ended.error


def test_keys_logs_figures_and_no_secret_anywhere(local: Workspace) -> None:
    environ = local.full_environ(AWS_ACCESS_KEY_ID="STORE", AWS_SECRET_ACCESS_KEY=STORE_SECRET)
    log = local.folder / "dev.log"
    with log.open("wb") as stream:
        process = start(
            [COMMAND, "dev", "--port=0", "--host=0.0.0.0", "--log-format=json", "--keys", keys_file(local)],
            env=environ,
            cwd=local.folder,
            stderr=stream,
        )
    try:
        url = _url(log)
        glue = client(url, "AIRFLOW")
        script = local.script(OWN_JOB)
        glue.create_job(Name="own", Role="r", Command={"Name": "glueetl", "ScriptLocation": str(script)})
        run_id = glue.start_job_run(JobName="own")["JobRunId"]
        run = _ended(glue, run_id)
        assert run["JobRunState"] == "SUCCEEDED", run
        assert "state RUNNING" in local.command("runs", "logs", run_id).output
        with pytest.raises(ClientError, match="not authorized to perform: glue:StartJobRun"):
            client(url, "GRAFANA").start_job_run(JobName="own")
        with pytest.raises(ClientError, match="does not match"):
            client(url, "AIRFLOW", "x" * 20).get_jobs()
        figures = urllib3.request("GET", f"{url}/metrics").data.decode()
        urllib3.request("POST", f"{url}/_placekeeper/v1/open", body=b"{}")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)

    assert 'placekeeper_requests_total{code="OK",operation="StartJobRun"} 1.0' in figures
    assert 'placekeeper_runs{state="SUCCEEDED"} 1.0' in figures
    assert "placekeeper_open_runs 0.0" in figures
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (started,) = [
        line for line in lines if line.get("run_id") == run_id and line["operation"] == "StartJobRun"
    ]
    assert (started["code"], started["status"], started["caller"]) == ("OK", 200, "AIRFLOW")
    assert {line.get("code") for line in lines} >= {"AccessDeniedException", "InvalidSignatureException"}
    kept = [path for path in local.state.rglob("*") if path.is_file()] + [log]
    assert len(kept) > 3
    for path in kept:
        data = path.read_bytes()
        assert SECRET.encode() not in data, path
        assert STORE_SECRET.encode() not in data, path


def test_a_script_starts_its_own_job_as_it_is_defined(local: Workspace) -> None:
    log = local.folder / "dev.log"
    with log.open("wb") as stream:
        process = start(
            [COMMAND, "dev", "--port=0", "--keys", keys_file(local)],
            env=local.full_environ(AWS_ACCESS_KEY_ID="STORE", AWS_SECRET_ACCESS_KEY=STORE_SECRET),
            cwd=local.folder,
            stderr=stream,
        )
    try:
        glue = client(_url(log), "AIRFLOW")
        command = {"Name": "pythonshell", "ScriptLocation": str(local.script(STARTS_ITSELF))}
        several = {"MaxConcurrentRuns": 3}
        glue.create_job(Name="own", Role="r", Command=command, ExecutionProperty=several)
        first = _ended(glue, glue.start_job_run(JobName="own")["JobRunId"])
        said = local.command("runs", "logs", first["Id"]).output
        assert first["JobRunState"] == "SUCCEEDED", said
        second = _ended(glue, re.search(r"started (jr_\w+)", said)[1])  # type: ignore[index]
        assert second["JobRunState"] == "SUCCEEDED"
        assert "the second run" in local.command("runs", "logs", second["Id"]).output
        assert len(glue.get_job_runs(JobName="own")["JobRuns"]) == 2
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    refused = [line for line in said.splitlines() if line.startswith("refused:")]
    assert len(refused) == 5
    for line, name in zip(refused, ("scriptLocation", "extra-py-files", "additional", "conf"), strict=False):
        assert f"with the argument --{name}" in line
        assert "Leave that out" in line
    assert "perform: glue:UpdateJob" in refused[-1]


def _url(log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := re.search(r"http://\S+?:\d+", log.read_text()):
            return found[0]
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def _ended(glue: Any, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        run = glue.get_job_run(JobName="own", RunId=run_id)["JobRun"]
        if run["JobRunState"] not in ("STARTING", "RUNNING"):
            return run
        time.sleep(0.2)
    raise AssertionError(f"{run_id} did not end")
