"""`placekeeper dev` in the background, with boto3's own client on it."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from forked import COMMAND, start
from workspace import Workspace

OPEN = ("WAITING", "STARTING", "RUNNING", "STOPPING")


@dataclass
class Dev:
    """A server that runs, and a client on it."""

    process: "subprocess.Popen[bytes]"
    glue: Any

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()

    def run(self, run_id: str, job: str = "copy") -> dict[str, Any]:
        """The run as GetJobRun has it."""
        return self.glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]

    def until(self, run_id: str, *states: str, job: str = "copy", seconds: float = 90) -> dict[str, Any]:
        """The run when it has come to one of the states; without any, to its end."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            run = self.run(run_id, job)
            if run["JobRunState"] in states if states else run["JobRunState"] not in OPEN:
                return run
            time.sleep(0.1)
        raise AssertionError(f"{run_id} is {run['JobRunState']} and not {states or 'ended'}")


def start_dev(workspace: Workspace, *options: str) -> Dev:
    """Start a server; the caller ends it. What it says is in dev.log."""
    log = workspace.folder / "dev.log"
    with log.open("w") as said:
        process = start(
            [COMMAND, "dev", "--port", "0", *options],
            env=workspace.full_environ(),
            cwd=workspace.folder,
            stderr=said,
        )
    while (found := re.search(r"http://\S+?:\d+", log.read_text())) is None:
        assert process.poll() is None, log.read_text()
        time.sleep(0.02)
    url = found[0]
    glue = boto3.client(
        "glue",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    return Dev(process, glue)


@contextmanager
def running_dev(workspace: Workspace, *options: str) -> Iterator[Dev]:
    """A server while the context lasts; it must end well, unless it was killed."""
    dev = start_dev(workspace, *options)
    try:
        yield dev
    finally:
        if dev.process.poll() is None:
            dev.process.send_signal(signal.SIGINT)
            assert dev.process.wait(60) == 0
