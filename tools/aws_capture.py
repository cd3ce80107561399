"""Ask a real AWS account what its job bookmarks do where nobody has written it down.

    python tools/aws_capture.py --bucket BUCKET --role ROLE_ARN > tests/vectors/captured_mine.json

For each scenario it makes a Glue job of its own, with a script and a few tiny files under a prefix of its own
in the bucket; for `partitions`, also a database with one table in the Data Catalog. It runs the job, notes
after each step what the run has read and what GetJobBookmark answers, and removes all that it made. It needs
boto3 and nothing else. Before it begins, it says what it will make, how many runs there will be, and what
they cost: each is two workers of G.1X for a minute or two, about three cents in most regions. What it prints,
the tests take in: put the file beside the others in tests/vectors/.

The questions are those to which AWS's documentation has no answer:

| question                                                              | scenario   |
|-----------------------------------------------------------------------|------------|
| GetJobBookmark before and after a reset, by run id, after a rewind    | reset      |
| how versions, runs and attempts count around a failed run, and around | failed     |
| two runs that overlap; which of the two loses                         |            |
| two partitions in CURR_LATEST_PARTITIONS; what CURR_LATEST_PARTITION  | partitions |
| is; whether old files in a new partition are read, and whether new    |            |
| ones in an old one are                                                |            |
| how a bounded run remembers what is left                              | bounded    |
| where the bounds of job-bookmark-from and -to lie                     | ranges     |
| a JobBookmark of JDBC: with the default key, with one that is named,  | jdbc       |
| descending, with several; what a run that finds nothing new leaves    |            |

`jdbc` reads a table of yours, whole in its first run, through a connection that your account has, and changes
nothing in it: --jdbc-connection NAME --jdbc-table SCHEMA.TABLE --jdbc-key COLUMN. A bookmark holds the last
value of its keys, and so does what is printed: look at it before you show it to somebody.
"""

import argparse
import json
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED")
POLL_SECONDS = 2
DOLLARS_PER_RUN = 0.03
SCRIPT = Path(__file__).with_name("aws_capture_job.py")
JSON_STORAGE = {
    "Columns": [{"Name": "id", "Type": "int"}],
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
}


@dataclass
class Capture:
    """One job in one account, and what was seen of its bookmark."""

    glue: Any
    s3: Any
    chosen: argparse.Namespace
    scenario: str
    seen: list[dict[str, Any]]
    name: str = field(default_factory=lambda: f"placekeeper-capture-{uuid.uuid4().hex[:12]}")
    database: str | None = None
    going: set[str] = field(default_factory=set)

    @property
    def base(self) -> str:
        """Where in S3 the data is."""
        return f"s3://{self.chosen.bucket}/{self.name}"

    def make_job(self) -> None:
        """The job, with its script beside its data."""
        self._put("script.py", SCRIPT.read_bytes())
        connection = self.chosen.jdbc_connection if self.scenario == "jdbc" else None
        self.glue.create_job(
            Name=self.name,
            Role=self.chosen.role,
            Command={"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"{self.base}/script.py"},
            GlueVersion="4.0",
            WorkerType=self.chosen.worker,
            NumberOfWorkers=2,
            Timeout=15,
            ExecutionProperty={"MaxConcurrentRuns": 2},
            **({"Connections": {"Connections": [connection]}} if connection else {}),
        )

    def make_table(self) -> None:
        """A database of its own, with a table `rows`, partitioned by `day`."""
        name = self.name.replace("-", "_")
        self.glue.create_database(DatabaseInput={"Name": name, "Description": "of tools/aws_capture.py"})
        self.database = name
        table = {
            "Name": "rows",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "json"},
            "PartitionKeys": [{"Name": "day", "Type": "string"}],
            "StorageDescriptor": JSON_STORAGE | {"Location": f"{self.base}/in/"},
        }
        self.glue.create_table(DatabaseName=name, TableInput=table)

    def add_partitions(self, *days: int) -> None:
        """Partitions, in one request; their times of creation are noted."""
        wanted = [
            {
                "Values": [str(day)],
                "StorageDescriptor": JSON_STORAGE | {"Location": f"{self.base}/in/day={day}/"},
            }
            for day in days
        ]
        table = {"DatabaseName": self.database, "TableName": "rows"}
        answer = self.glue.batch_create_partition(**table, PartitionInputList=wanted)
        if answer.get("Errors"):
            raise RuntimeError(f"the partitions could not be made: {answer['Errors']}")
        made = {
            "/".join(found["Values"]): found["CreationTime"].timestamp()
            for found in self.glue.get_partitions(**table)["Partitions"]
        }
        self._note("partitions and their CreationTime", None, made)

    def clean_up(self) -> None:
        """Stop what still runs, and remove the job, the database with its table, and all objects."""
        going, database = sorted(self.going), self.database
        steps: dict[str, Callable[[], Any]] = {
            f"the job {self.name}": lambda: self.glue.delete_job(JobName=self.name),
            f"the objects under {self.base}/": self._delete_objects,
        }
        if going:
            stop = {"JobName": self.name, "JobRunIds": going}
            steps = {f"the runs {going}": lambda: self.glue.batch_stop_job_run(**stop)} | steps
        if database is not None:
            steps[f"the database {database}"] = lambda: self.glue.delete_database(Name=database)
        for what, remove in steps.items():
            try:
                remove()
            except (BotoCoreError, ClientError) as error:
                print(f"{what} could not be removed, do it yourself: {error}", file=sys.stderr)

    def _delete_objects(self) -> None:
        place = {"Bucket": self.chosen.bucket, "Prefix": f"{self.name}/"}
        pages = self.s3.get_paginator("list_objects_v2").paginate(**place)
        for item in (item for page in pages for item in page.get("Contents", ())):
            self.s3.delete_object(Bucket=self.chosen.bucket, Key=item["Key"])

    def put(self, number: int, *, day: int | None = None) -> None:
        """One more file of one row."""
        folder = "in" if day is None else f"in/day={day}"
        self._put(f"{folder}/{number}.json", json.dumps({"id": number}).encode())

    def start(self, option: str = "enable", **more: Any) -> str:
        """Start a run; its id. `options` are connection options."""
        arguments = {
            "kind": "s3",
            "source": f"{self.base}/in/",
            "context": "rows",
            "notes_bucket": self.chosen.bucket,
            "notes_key": f"{self.name}/read/",
            "fail": "no",
            "sleep": "0",
            "options": json.dumps(more.pop("options", {})),
            "job-bookmark-option": f"job-bookmark-{option}",
        } | more
        answer = self.glue.start_job_run(
            JobName=self.name, Arguments={f"--{name}": value for name, value in arguments.items()}
        )
        self.going.add(str(answer["JobRunId"]))
        return str(answer["JobRunId"])

    def until_ended(self, run_id: str) -> str:
        """How a run ended, and what it had read."""
        while True:
            run = self.glue.get_job_run(JobName=self.name, RunId=run_id)["JobRun"]
            if run["JobRunState"] in ENDED:
                self.going.discard(run_id)
                seen = {k: run.get(k) for k in ("JobRunState", "ErrorMessage", "Attempt", "Arguments")}
                self._note("run", run_id, seen | {"read": self._read_by(run_id)})
                return run_id
            time.sleep(POLL_SECONDS)

    def run(self, option: str = "enable", **more: Any) -> str:
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

    def _put(self, key: str, data: bytes) -> None:
        self.s3.put_object(Bucket=self.chosen.bucket, Key=f"{self.name}/{key}", Body=data)

    def _read_by(self, run_id: str) -> Any:
        """What a run has noted of what it read; None if it did not come so far."""
        try:
            key = f"{self.name}/read/{run_id}.json"
            return json.load(self.s3.get_object(Bucket=self.chosen.bucket, Key=key)["Body"])
        except self.s3.exceptions.NoSuchKey:
            return None

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


def partitions(capture: Capture) -> None:
    """A table of the catalog: two partitions of one time, an old file in a new one, a new one in an old."""
    capture.make_table()
    table = {"kind": "catalog", "source": f"{capture.database}/rows", "options": {"maxBand": "1000"}}
    capture.put(1, day=1)
    capture.put(2, day=2)
    capture.add_partitions(1, 2)
    capture.run(**table)
    capture.look("after a run with two partitions, made at once")
    capture.put(3, day=3)
    capture.put(4, day=1)
    time.sleep(
        3
    )  # more than the band: by its time alone, the file of day 3 is too old for the run after next
    capture.run(**table)
    capture.look("after a new file in an old partition, and one in a folder that is no partition yet")
    capture.add_partitions(3)
    capture.run(**table)
    capture.look("after a new partition with an old file")
    capture.run(**table)
    capture.look("after a run with nothing new")


def bounded(capture: Capture) -> None:
    """What a run remembers that takes one of three files."""
    for number in (1, 2, 3):
        capture.put(number)
        time.sleep(2)
    for count in (1, 2, 3):
        capture.run(options={"boundedFiles": "1"})
        capture.look(f"after {count} bounded runs")


def ranges(capture: Capture) -> None:
    """Which files a paused run reads between the bounds."""
    runs = []
    for number in (1, 2, 3):
        capture.put(number)
        runs.append(capture.run())
    capture.look("before")
    for begin, end in ((0, 1), (0, 2), (1, 1), (2, 0)):
        capture.run("pause", **{"job-bookmark-from": runs[begin], "job-bookmark-to": runs[end]})
    capture.look("after")


def jdbc(capture: Capture) -> None:
    """A table of a database: every way to say its keys has a context of its own in the one bookmark."""
    chosen = capture.chosen
    table = {"kind": "jdbc", "source": f"{chosen.jdbc_connection}/{chosen.jdbc_table}"}
    ways: dict[str, dict[str, Any]] = {"default": {}}
    if chosen.jdbc_key:
        first = chosen.jdbc_key[:1]
        ways["ascending"] = {"jobBookmarkKeys": first, "jobBookmarkKeysSortOrder": "asc"}
        ways["descending"] = {"jobBookmarkKeys": first, "jobBookmarkKeysSortOrder": "desc"}
        if len(chosen.jdbc_key) > 1:
            ways["compound"] = {"jobBookmarkKeys": chosen.jdbc_key, "jobBookmarkKeysSortOrder": "asc"}
    for context, options in ways.items():
        capture.run(**table, context=context, options=options)
        capture.look(f"after the first run with the context {context}")
    for context, options in ways.items():
        capture.run(**table, context=context, options=options)
        capture.look(f"after a run that found nothing new with the context {context}")


class Scenario(NamedTuple):
    """What is done, in how many runs at most."""

    perform: Callable[[Capture], None]
    runs: int


SCENARIOS = {
    "reset": Scenario(reset, 3),
    "failed": Scenario(failed_and_overlapping, 5),
    "partitions": Scenario(partitions, 4),
    "bounded": Scenario(bounded, 3),
    "ranges": Scenario(ranges, 7),
    "jdbc": Scenario(jdbc, 8),
}


def arguments() -> argparse.Namespace:
    """What the command line says, with the scenarios that it means."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bucket", required=True, help="a bucket to which the role has access")
    parser.add_argument("--role", required=True, help="the role of the job: name or ARN")
    parser.add_argument("--region", help="default: that of the environment")
    parser.add_argument("--worker", default="G.1X", help="worker type (default: G.1X)")
    parser.add_argument("--scenario", choices=SCENARIOS, action="append", help="only these; repeatable")
    parser.add_argument("--jdbc-connection", metavar="NAME", help="a connection of your account, for jdbc")
    parser.add_argument("--jdbc-table", metavar="TABLE", help="a table that may be read, for jdbc")
    parser.add_argument(
        "--jdbc-key", metavar="COLUMN", action="append", help="a column that grows; repeatable"
    )
    chosen = parser.parse_args()
    has_database = bool(chosen.jdbc_connection and chosen.jdbc_table)
    if "jdbc" in (chosen.scenario or ()) and not has_database:
        parser.error("the scenario jdbc needs --jdbc-connection and --jdbc-table")
    chosen.scenario = chosen.scenario or [name for name in SCENARIOS if has_database or name != "jdbc"]
    return chosen


def announce(chosen: argparse.Namespace) -> None:
    """Say what will be made, and what it costs."""
    for name in chosen.scenario:
        table = ", a database with a table in the Data Catalog" if name == "partitions" else ""
        runs = SCENARIOS[name].runs
        print(
            f"{name}: makes a job{table} and tiny files in s3://{chosen.bucket}/placekeeper-capture-…; "
            f"at most {runs} runs, about {runs * DOLLARS_PER_RUN:.2f} dollars; then removes all of it",
            file=sys.stderr,
        )
    if "jdbc" not in chosen.scenario:
        print("jdbc: left out, without --jdbc-connection and --jdbc-table", file=sys.stderr)


def main() -> None:
    chosen = arguments()
    announce(chosen)
    glue, s3 = (boto3.client(service, region_name=chosen.region) for service in ("glue", "s3"))
    seen: list[dict[str, Any]] = []
    for name in chosen.scenario:
        capture = Capture(glue, s3, chosen, name, seen)
        try:
            capture.make_job()
            SCENARIOS[name].perform(capture)
        finally:
            capture.clean_up()
    entries = [step["answer"]["JobBookmarkEntry"] for step in seen if "JobBookmarkEntry" in step["answer"]]
    about = f"Captured by tools/aws_capture.py in {glue.meta.region_name}; the steps say when."
    json.dump({"about": about, "entries": entries, "steps": seen}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
