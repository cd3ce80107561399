"""The script that asks a real account, tried on the Glue that we have; the tests take in what it prints."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dev import running_dev
from placekeeper.engine import aws_string
from s3 import S3Server
from workspace import S3Place, Workspace

SCRIPT = Path(__file__).parents[2] / "tools" / "aws_capture.py"


@pytest.mark.soak
@pytest.mark.parametrize("scenario", ["reset", "bounded"])
def test_what_it_captures(tmp_path: Path, s3: S3Server, scenario: str) -> None:
    bucket = s3.new_bucket()
    workspace = Workspace(tmp_path, S3Place(s3, bucket), s3.environ)
    with running_dev(workspace) as dev:
        command = ["--bucket", bucket, "--role", "r", "--scenario", scenario]
        done = subprocess.run(
            [sys.executable, SCRIPT, *command],
            env=workspace.full_environ(AWS_ENDPOINT_URL_GLUE=dev.glue.meta.endpoint_url),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    captured = json.loads(done.stdout)
    assert captured["entries"]
    for entry in captured["entries"]:
        assert aws_string.encode(aws_string.decode_state(entry["JobBookmark"])) == entry["JobBookmark"]
    runs = [step["answer"]["JobRunState"] for step in captured["steps"] if step["step"] == "run"]
    assert set(runs) == {"SUCCEEDED"}
    assert workspace.place.read_all("placekeeper-capture") == {}  # it cleans up
