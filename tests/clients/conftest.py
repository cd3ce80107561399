"""Clients that others wrote, against the installed `placekeeper dev` and a real S3. `make clients` runs them.

They are in an environment of their own (.venv-clients, the dependency group `clients`) and are called as
programs, so that nothing of theirs and nothing of ours share a process.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dev import Dev, running_dev
from s3 import S3Server
from workspace import COPY, Ended, S3Place, Workspace

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / ".venv-clients"

HEAD = """\
import sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "target"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
"""
"""How Glue scripts begin."""


@dataclass(frozen=True)
class Lab:
    """A server that runs, a bucket, and the clients' environment to call programs in."""

    dev: Dev
    workspace: Workspace
    bucket: str
    environ: dict[str, str]

    @property
    def url(self) -> str:
        return self.environ["AWS_ENDPOINT_URL_GLUE"]

    @property
    def script(self) -> str:
        """The script that copies rows, where Glue scripts are."""
        self.workspace.place.put("scripts/copy.py", COPY.encode())
        return f"s3://{self.bucket}/scripts/copy.py"

    @property
    def arguments(self) -> dict[str, str]:
        """What the script wants."""
        place = self.workspace.place
        return {
            "--job-bookmark-option": "job-bookmark-enable",
            "--source": place.url("in"),
            "--target": place.url("out"),
        }

    def call(self, *command: object, seconds: float = 180, check: bool = True, **environ: str) -> str:
        """Run a program of the clients' environment, to its end: what it wrote to both streams."""
        program, *arguments = map(str, command)
        done = subprocess.run(
            [CLIENTS / "bin" / program, *arguments],
            env={**self.environ, **environ},
            cwd=self.workspace.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout[-8000:]
        return done.stdout

    def python(self, source: str, *arguments: object, **environ: str) -> str:
        """Run a script with the Python of the clients."""
        script = self.workspace.folder / "client.py"
        script.write_text(source)
        return self.call("python", script, *arguments, **environ)

    def said(self, source: str) -> dict[str, Any]:
        """The same: the JSON that it prints behind SAID. Its argument is the bucket."""
        lines = self.python(source, self.bucket).splitlines()
        (line,) = [line for line in lines if line.startswith("SAID ")]
        said: dict[str, Any] = json.loads(line.removeprefix("SAID "))
        return said

    def run_glue(self, body: str) -> Ended:
        """A run of a Glue script, to its good end."""
        ran = self.workspace.run(self.workspace.script(HEAD + body))
        assert ran.code == 0, ran.error
        return ran

    def runs(self, job: str) -> list[dict[str, Any]]:
        return self.dev.glue.get_job_runs(JobName=job)["JobRuns"]


@pytest.fixture
def lab(tmp_path: Path, s3: S3Server) -> Iterator[Lab]:
    if not (CLIENTS / ".installed").exists():
        pytest.skip("the clients are not installed: make clients")
    bucket = s3.new_bucket()
    workspace = Workspace(tmp_path, S3Place(s3, bucket), s3.environ)
    workspace.put_rows("a.csv", 1, 2, 3)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with running_dev(workspace) as dev:
        url = dev.glue.meta.endpoint_url
        yield Lab(
            dev,
            workspace,
            bucket,
            {**inherited, **s3.environ, "AWS_ENDPOINT_URL_GLUE": url, "HOME": str(tmp_path)},
        )


@pytest.fixture
def dag(lab: Lab) -> Callable[..., str]:
    """Runs one of Airflow's DAGs to its good end, on a database of its own; what was said."""
    home = lab.workspace.folder / "airflow"
    (home / "dags").mkdir(parents=True)
    # S3 has an endpoint of its own; who is calling and the logs of runs are answered where Glue is.
    endpoints = {"glue": lab.url, "sts": lab.url, "logs": lab.url, "s3": lab.environ["AWS_ENDPOINT_URL_S3"]}
    connection = {
        "conn_type": "aws",
        "login": lab.environ["AWS_ACCESS_KEY_ID"],
        "password": lab.environ["AWS_SECRET_ACCESS_KEY"],
        "extra": {
            "region_name": "us-east-1",
            "service_config": {name: {"endpoint_url": url} for name, url in endpoints.items()},
        },
    }
    environ = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(connection),
    }
    lab.call("airflow", "db", "migrate", **environ)

    def run(name: str, source: str, **more: str) -> str:
        (home / "dags" / f"{name}.py").write_text(source)
        said = lab.call("airflow", "dags", "test", name, **environ, **more)
        assert "state=success" in said, said[-8000:]
        return said

    return run
