"""Ask a real AWS account what its job bookmarks do where nobody has written it down.

    python tools/aws_capture.py --bucket BUCKET --role ROLE_ARN > tests/vectors/captured_mine.json

It makes a Glue job of its own in the account, runs it a dozen times on a few tiny files under a prefix of
its own, notes what GetJobBookmark answers after each step, and removes what it made. What it prints, the
tests take in: put the file beside the others in tests/vectors/. It needs boto3 and nothing else, and costs
about a dollar: each run is two workers of G.1X for a minute or two. The questions are those to which AWS's
documentation has no answer: what an entry looks like before and after a reset, how versions count around
failed and overlapping runs, how a bounded run remembers what is left, and where the bounds of from and to
lie.
"""

import argparse
import json
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED")
POLL_SECONDS = 2
SCRIPT = """\
import sys
import time
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target", "fail", "bounded", "sleep"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
options = {"paths": [args["source"]], "recurse": True}
if args["bounded"] != "no":
    options["boundedFiles"] = args["bounded"]
rows = glue.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options=options,
    format="csv",
    format_options={"withHeader": True},
    transformation_ctx="rows",
)
print("rows read:", rows.count())
time.sleep(float(args["sleep"]))
if args["fail"] != "no":
    raise RuntimeError("failed as it was asked to")
job.commit()
"""


@dataclass
class Capture:
    """One job in one account, and what was seen of its bookmark."""

    glue: Any
    s3: Any
    bucket: str
    role: str
    worker: str
    name: str = field(default_factory=lambda: f"placekeeper-capture-{uuid.uuid4().hex[:12]}")
    seen: list[dict[str, Any]] = field(default_factory=list)
    scenario: str = ""

    def make_job(self) -> None:
        """The job, with its script beside its data."""
        self.s3.put_object(Bucket=self.bucket, Key=f"{self.name}/script.py", Body=SCRIPT.encode())
        self.glue.create_job(
            Name=self.name,
            Role=self.role,
            Command={
                "Name": "glueetl",
                "PythonVersion": "3",
                "ScriptLocation": f"s3://{self.bucket}/{self.name}/script.py",
            },
            GlueVersion="4.0",
            WorkerType=self.worker,
            NumberOfWorkers=2,
            Timeout=15,
            ExecutionProperty={"MaxConcurrentRuns": 2},
        )

    def clean_up(self) -> None:
        """Remove the job and all objects under its prefix."""
        self.glue.delete_job(JobName=self.name)
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{self.name}/")
        for item in (item for page in pages for item in page.get("Contents", ())):
            self.s3.delete_object(Bucket=self.bucket, Key=item["Key"])

    def put(self, number: int) -> None:
        """One more file of one row."""
        key = f"{self.name}/{self.scenario}/in/{number}.csv"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=f"id\n{number}\n".encode())

    def start(self, option: str = "enable", **more: str) -> str:
        """Start a run; its id."""
        base = f"s3://{self.bucket}/{self.name}/{self.scenario}"
        arguments = {
            "source": f"{base}/in/",
            "target": f"{base}/out/",
            "fail": "no",
            "bounded": "no",
            "sleep": "0",
        }
        arguments |= {name.replace("_", "-"): value for name, value in more.items()}
        return str(
            self.glue.start_job_run(
                JobName=self.name,
                Arguments={f"--{name}": value for name, value in arguments.items()}
                | {"--job-bookmark-option": f"job-bookmark-{option}"},
            )["JobRunId"]
        )

    def until_ended(self, run_id: str) -> str:
        """How a run ended."""
        while True:
            run = self.glue.get_job_run(JobName=self.name, RunId=run_id)["JobRun"]
            if run["JobRunState"] in ENDED:
                self._note("run", run_id, {k: run.get(k) for k in ("JobRunState", "ErrorMessage", "Attempt")})
                return run_id
            time.sleep(POLL_SECONDS)

    def run(self, option: str = "enable", **more: str) -> str:
        """A run to its end."""
        return self.until_ended(self.start(option, **more))

    def look(self, step: str, run_id: str | None = None) -> None:
        """Note what GetJobBookmark answers."""
        asked = {"JobName": self.name} | ({"RunId": run_id} if run_id else {})
        self._note(step, run_id, self._answer(lambda: self.glue.get_job_bookmark(**asked)))

    def reset(self, step: str, run_id: str | None = None) -> None:
        """Reset or rewind, and note the answer."""
        asked = {"JobName": self.name} | ({"RunId": run_id} if run_id else {})
        self._note(step, run_id, self._answer(lambda: self.glue.reset_job_bookmark(**asked)))

    def _answer(self, ask: Callable[[], Any]) -> dict[str, Any]:
        try:
            answer = ask()
        except ClientError as error:
            return {"Error": error.response["Error"]}
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def _note(self, step: str, run_id: str | None, answer: dict[str, Any]) -> None:
        print(f"{self.scenario}: {step} {run_id or ''}", file=sys.stderr)
        self.seen.append({"scenario": self.scenario, "step": step, "run_id": run_id, "answer": answer})


def reset(capture: Capture) -> None:
    """Entries before the first run, after it, after a reset, and after the run that follows."""
    capture.look("before the first run")
    capture.reset("reset before the first run")
    capture.put(1)
    first = capture.run()
    capture.look("after the first run")
    capture.look("by the first run's id", first)
    capture.look("by an unknown run id", "jr_" + "0" * 64)
    capture.put(2)
    capture.run()
    capture.look("after the second run")
    capture.reset("rewind to the first run", first)
    capture.look("after the rewind")
    capture.reset("reset")
    capture.look("after the reset")
    capture.run()
    capture.look("after the run that followed the reset")


def failed_and_overlapping(capture: Capture) -> None:
    """How versions, runs and attempts count when a run fails, and when two overlap."""
    capture.put(1)
    capture.run()
    capture.look("after a success")
    capture.put(2)
    capture.run(fail="yes")
    capture.look("after a failure")
    capture.run()
    capture.look("after the success that followed")
    capture.put(3)
    slow = capture.start(sleep="60")
    quick = capture.start()
    for run_id in (quick, slow):
        capture.until_ended(run_id)
        capture.look("after one of two that overlapped")


def bounded(capture: Capture) -> None:
    """What a run remembers that takes one of three files."""
    for number in (1, 2, 3):
        capture.put(number)
        time.sleep(2)
    for count in (1, 2, 3):
        capture.run(bounded="1")
        capture.look(f"after {count} bounded runs")


def ranges(capture: Capture) -> None:
    """Which files a paused run reads between the bounds; its log says how many."""
    runs = []
    for number in (1, 2, 3):
        capture.put(number)
        runs.append(capture.run())
    capture.look("before")
    for begin, end in ((0, 1), (0, 2), (1, 1), (2, 0)):
        capture.run("pause", job_bookmark_from=runs[begin], job_bookmark_to=runs[end])
    capture.look("after")


SCENARIOS = {"reset": reset, "failed": failed_and_overlapping, "bounded": bounded, "ranges": ranges}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bucket", required=True, help="a bucket to which the role has access")
    parser.add_argument("--role", required=True, help="the role of the job: name or ARN")
    parser.add_argument("--region", help="default: that of the environment")
    parser.add_argument("--worker", default="G.1X", help="worker type (default: G.1X)")
    parser.add_argument("--scenario", choices=SCENARIOS, action="append", help="only these; repeatable")
    chosen = parser.parse_args()
    clients = [boto3.client(service, region_name=chosen.region) for service in ("glue", "s3")]
    seen: list[dict[str, Any]] = []
    for name in chosen.scenario or SCENARIOS:
        capture = Capture(*clients, chosen.bucket, chosen.role, chosen.worker, scenario=name, seen=seen)
        capture.make_job()
        try:
            SCENARIOS[name](capture)
        finally:
            capture.clean_up()
    entries = [step["answer"]["JobBookmarkEntry"] for step in seen if "JobBookmarkEntry" in step["answer"]]
    about = f"Captured by tools/aws_capture.py in {clients[0].meta.region_name}; the steps say when."
    json.dump({"about": about, "entries": entries, "steps": seen}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
