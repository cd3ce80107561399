"""The script that asks a real account, tried on the Glue that we have; the tests take in what it prints.

What that Glue does not have yet (a Data Catalog, JDBC) is tried on moto's, which takes the same requests and
runs nothing: what is made has to be allowed by the API, and has to be gone in the end.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from dev import running_dev
from placekeeper.rules.bookmarks import aws_string
from s3 import REGION, S3Server
from workspace import S3Place, Workspace

SCRIPT = Path(__file__).parents[2] / "tools" / "aws_capture.py"
DATABASE = ("--jdbc-connection", "c", "--jdbc-table", "s.t", "--jdbc-key", "id", "--jdbc-key", "at")


def capture(
    environ: dict[str, str], bucket: str, *more: str
) -> tuple["subprocess.CompletedProcess[str]", list[dict[str, Any]]]:
    """The script to its end, and the steps that it has printed."""
    done = subprocess.run(
        [sys.executable, SCRIPT, "--bucket", bucket, "--role", "r", *more],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done, json.loads(done.stdout)["steps"] if done.stdout else []


READ = {
    "reset": [[1], [2], [1, 2]],
    "bounded": [[1], [2], [3]],
    "ranges": [[1], [2], [3], [2], [2, 3], [], None],
}
"""The ids that the runs of a scenario read, None where one does not come so far."""


@pytest.mark.soak
@pytest.mark.parametrize("scenario", READ)
def test_what_it_captures(tmp_path: Path, s3: S3Server, scenario: str) -> None:
    bucket = s3.new_bucket()
    workspace = Workspace(tmp_path, S3Place(s3, bucket), s3.environ)
    with running_dev(workspace) as dev:
        environ = workspace.full_environ(AWS_ENDPOINT_URL_GLUE=dev.glue.meta.endpoint_url)
        done, steps = capture(environ, bucket, "--scenario", scenario)
    assert done.returncode == 0, done.stderr
    entries = json.loads(done.stdout)["entries"]
    assert entries
    for entry in entries:
        assert aws_string.encode(aws_string.decode_state(entry["JobBookmark"])) == entry["JobBookmark"]
    runs = [step["answer"]["read"] for step in steps if step["step"] == "run"]
    assert [read and read["ids"] for read in runs] == READ[scenario]
    assert workspace.place.read_all("placekeeper-capture") == {}  # it cleans up


@pytest.mark.parametrize(
    ("scenario", "more", "runs", "said"),
    [
        ("partitions", (), 4, "makes a job, a database with a table in the Data Catalog and tiny files"),
        ("jdbc", DATABASE, 8, "at most 8 runs, about 0.24 dollars; then removes all of it"),
    ],
)
def test_what_it_makes_is_gone_in_the_end(
    sorted_s3: S3Server, scenario: str, more: tuple[str, ...], runs: int, said: str
) -> None:
    bucket = sorted_s3.new_bucket()
    once = {"AWS_MAX_ATTEMPTS": "1", "AWS_ENDPOINT_URL_GLUE": sorted_s3.endpoint}
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done, steps = capture(environ | sorted_s3.environ | once, bucket, "--scenario", scenario, *more)
    assert done.returncode == 0, done.stderr
    assert said in done.stderr
    assert "could not be removed" not in done.stderr
    assert [step["answer"]["JobRunState"] for step in steps if step["step"] == "run"] == ["SUCCEEDED"] * runs
    if scenario == "partitions":
        made = [step["answer"] for step in steps if step["step"] == "partitions and their CreationTime"]
        assert [sorted(times) for times in made] == [["1", "2"], ["1", "2", "3"]]
    glue: Any = boto3.client(
        "glue",
        endpoint_url=sorted_s3.endpoint,
        region_name=REGION,
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    assert glue.get_databases()["DatabaseList"] == []
    assert glue.get_jobs()["Jobs"] == []
    assert sorted_s3.client().list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_database_has_to_be_named(s3: S3Server) -> None:
    done, _ = capture(s3.environ, "b", "--scenario", "jdbc")
    assert done.returncode == 2
    assert "the scenario jdbc needs --jdbc-connection and --jdbc-table" in done.stderr
