"""The Glue API side by side with moto's server: requests per second and latency on eight connections.

The servers run in processes of their own and take turns; the load is made by this process. moto closes
each connection after its answer, so connecting is part of its latency, as it is for an SDK.
"""

import contextlib
import json
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.load import Measured, measure
from placekeeper.host.state_folder import StateFolder
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.element import FileElement
from placekeeper.model.exchange import CommitRequest, OpenRequest
from placekeeper.model.jobs import JobRunState
from placekeeper.model.source import FileSource
from placekeeper.server.app import create_app
from placekeeper.server.http.serve import Server
from placekeeper.server.protocol.model import ServiceModel
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state

CONNECTIONS = 8
SECONDS = 5.0
ROUNDS = 3
SIGNATURE = "0" * 64
JOB = "flights"
BIN = Path(sys.executable).parent
DEFINITION = {
    "Name": JOB,
    "Role": "arn:aws:iam::123456789012:role/glue",
    "Command": {"Name": "glueetl", "ScriptLocation": "s3://scripts/flights.py", "PythonVersion": "3"},
    "DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"},
    "ExecutionProperty": {"MaxConcurrentRuns": 1_000_000},
}
OPERATIONS = ("GetJob", "GetJobBookmark", "StartJobRun")


def request(port: int, operation: str, parameters: object) -> bytes:
    """A request as boto3 makes it; the signature is of the right form, and neither server looks at it."""
    body = json.dumps(parameters).encode()
    scope = f"any/{time.strftime('%Y%m%d')}/us-east-1/glue/aws4_request"
    signed = "content-type;host;x-amz-date;x-amz-target"
    head = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Amz-Target: AWSGlue.{operation}\r\n"
        f"Content-Type: application/x-amz-json-1.1\r\nX-Amz-Date: {time.strftime('%Y%m%dT%H%M%SZ')}\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, "
        f"SignedHeaders={signed}, Signature={SIGNATURE}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[int]:
    """The id of a process of its own with a server, which listens."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:  # moto takes long to give a large state back
            process.kill()
            process.wait()


def ask(port: int, operation: str, parameters: object) -> None:
    headers = {"X-Amz-Target": f"AWSGlue.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    headers["Authorization"] = re.search(  # type: ignore[index]
        r"Authorization: (.*)\r\n", request(port, operation, parameters).decode()
    )[1]
    sent = urllib.request.Request(
        f"http://127.0.0.1:{port}/", data=json.dumps(parameters).encode(), headers=headers
    )
    with urllib.request.urlopen(sent) as answer:
        answer.read()


def prepare(state: Path) -> None:
    """A state with a job whose bookmark was committed once."""
    opened = open_state(Settings.of({}, state=str(state)), {})
    control = opened.control
    control.jobs.create(DEFINITION)
    run, _ = control.run_starter.register(JOB, script_location="x.py", arguments={}, launcher="bench:0:0")
    version = control.bookmarks.open(run, OpenRequest(name=JOB, option=BookmarkOption.ENABLE)).version
    source = FileSource(connection_type="s3", paths=("s3://raw/flights/",), format="csv")
    elements = {"flights": FileElement(source=source, run=1, watermark_ms=1_700_000_000_000)}
    control.bookmarks.commit(
        run, CommitRequest(name=JOB, version=version or 0, elements=elements, manifest=())
    )
    control.lifecycle.move(run, JobRunState.FAILED, "over")
    opened.close()


def serve_alone(state: str, port: str) -> None:
    """The server of `placekeeper dev` without its supervisor: runs are started and nobody takes them."""
    opened = open_state(Settings.of({}, state=state), {})
    app = create_app(opened.control, ServiceModel.of_botocore(), reads_are_quick=True)
    with Server(app, port=int(port)):
        time.sleep(3600)


def answered(port: int, operation: str, seconds: float = SECONDS) -> Measured:
    """One round; all answers must be 200."""
    asked = request(port, operation, {"JobName": JOB})
    found = measure("127.0.0.1", port, asked, connections=CONNECTIONS, seconds=seconds)
    assert not found.failures, f"{operation}: {found}"
    return found


def end_runs(state: Path) -> None:
    """End all runs, as a supervisor would: nobody has ten thousand runs of one job going on."""
    database = sqlite3.connect(StateFolder(state).sqlite, timeout=30)
    with contextlib.closing(database), database:
        database.execute("UPDATE job_runs SET state = 'SUCCEEDED'")


def side_by_side(state: Path, mine: int, mine_alone: int, moto: int) -> dict[str, tuple[Measured, Measured]]:
    """The best round of each server by operation; they take turns, so that both see the same machine.

    `state` is that of `mine_alone`.
    """
    best = {}
    for operation in OPERATIONS:
        ours = (mine_alone if operation == "StartJobRun" else mine, operation)
        theirs = (moto, "GetJob" if operation == "GetJobBookmark" else operation)
        for server in (ours, theirs):
            answered(*server, seconds=1)
        rounds = []
        for _ in range(ROUNDS):
            end_runs(state)
            rounds.append((answered(*ours), answered(*theirs)))
        best[operation] = (max(found for found, _ in rounds), max(found for _, found in rounds))
    return best


def main() -> None:
    if not (BIN / "moto_server").exists():
        print("the API: moto is not installed; `make bench` installs it")
        return
    with tempfile.TemporaryDirectory() as folder:
        state, alone = f"{folder}/state", f"{folder}/alone"
        prepare(Path(state))
        prepare(Path(alone))
        mine, mine_alone, moto = free_port(), free_port(), free_port()
        with (
            running([str(BIN / "placekeeper"), "dev", "--port", str(mine), "--state", state], mine),
            running([sys.executable, "-m", "benchmarks.api", alone, str(mine_alone)], mine_alone),
            running([str(BIN / "moto_server"), "-p", str(moto)], moto),
        ):
            ask(moto, "CreateJob", DEFINITION)
            found = side_by_side(Path(alone), mine, mine_alone, moto)
    print(f"the API, {CONNECTIONS} connections, best of {ROUNDS} rounds of {SECONDS:g} s each, taking turns")
    for operation, (ours, theirs) in found.items():
        rival = "moto, its GetJob" if operation == "GetJobBookmark" else "moto"
        for who, measured in (("placekeeper", ours), (rival, theirs)):
            print(
                f"  {operation:15} {who:17} {measured.per_second:6.0f} requests/s  "
                f"p50 {measured.p50_ms:6.2f} ms  p99 {measured.p99_ms:6.2f} ms"
            )
        print(f"  {operation:15} {ours.per_second / theirs.per_second:.1f}x")
    print(
        "  moto has no GetJobBookmark. StartJobRun: ours is on the disk when it answers, moto's is in memory;"
    )
    print("  ours is without its supervisor, because moto runs nothing either.")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        serve_alone(sys.argv[1], sys.argv[2])
    else:
        main()
