"""Runs under a supervisor that is killed: none is lost, none runs twice, none is stuck."""

import random
import time
from collections import Counter
from typing import Any

import pytest

from dev import OPEN, Dev, running_dev, start_dev
from placekeeper.rules.jobs.run_ids import short
from workspace import COPY, Workspace

BEGUN = """\
import sys
given = dict(zip(sys.argv, sys.argv[1:]))
with open(given["--begun"], "a") as begun:
    begun.write(given["--JOB_RUN_ID"] + "\\n")
"""

SLOWLY = BEGUN + COPY.replace(
    "job.commit()", "import time\ntime.sleep(float(args['seconds']))\njob.commit()"
).replace('"source", "target"]', '"source", "target", "seconds"]')


def define(dev: Dev, workspace: Workspace, job: str = "copy", seconds: float = 0, **members: Any) -> None:
    dev.glue.create_job(
        Name=job,
        Role="any",
        Command={"Name": "glueetl", "ScriptLocation": str(workspace.script(SLOWLY, "slowly.py"))},
        DefaultArguments={
            "--job-bookmark-option": "job-bookmark-enable",
            "--source": workspace.place.url("in"),
            "--target": workspace.place.url("out"),
            "--seconds": str(seconds),
            "--begun": str(workspace.folder / "begun"),
        },
        **members,
    )


def test_a_killed_supervisor_loses_no_run(local: Workspace) -> None:
    local.put_rows("1.csv", 1, 2)
    with running_dev(local) as dev:
        define(dev, local, seconds=30, MaxRetries=1, JobRunQueuingEnabled=True)
        running = dev.glue.start_job_run(JobName="copy")["JobRunId"]
        waiting = dev.glue.start_job_run(JobName="copy", Arguments={"--seconds": "0"})["JobRunId"]
        dev.until(running, "RUNNING")
        assert dev.run(waiting)["JobRunState"] == "WAITING"
        dev.kill()

    with running_dev(local) as dev:
        killed = dev.until(running, seconds=10)
        assert (killed["JobRunState"], "was killed" in killed["ErrorMessage"]) == ("FAILED", True)
        retry = dev.run(f"{running}_attempt_1")
        assert (retry["Attempt"], retry["PreviousRunId"]) == (1, running)
        dev.until(retry["Id"], "RUNNING")
        third = dev.glue.start_job_run(JobName="copy")["JobRunId"]
        asked = local.inside("runs", "stop", short(third))
        assert (asked.code, asked.error) == (0, f"placekeeper: run {short(third)} STOPPED\n")
        stopped = dev.glue.batch_stop_job_run(JobName="copy", JobRunIds=[retry["Id"], "jr_absent"])
        assert [s["JobRunId"] for s in stopped["SuccessfulSubmissions"]] == [retry["Id"]]
        assert [e["ErrorDetail"]["ErrorCode"] for e in stopped["Errors"]] == ["EntityNotFoundException"]
        assert dev.until(retry["Id"])["JobRunState"] == "STOPPED"
        again = local.inside("runs", "stop", retry["Id"])
        assert (again.code, "has ended already: it is STOPPED" in again.error) == (2, True)
        assert dev.until(waiting)["JobRunState"] == "SUCCEEDED"
        assert len(dev.glue.get_job_runs(JobName="copy")["JobRuns"]) == 4
    assert local.ids() == [1, 2]


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, local: Workspace) -> Workspace:
    """A state in its folder, and one in a PostgreSQL."""
    if request.param == "postgres":
        local.environ["PLACEKEEPER_DATABASE"] = request.getfixturevalue("postgres_url")
    return local


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(3))
def test_a_supervisor_killed_again_and_again(either: Workspace, seed: int) -> None:
    local, chance = either, random.Random(seed)
    jobs = [f"job{n}" for n in range(3)]
    started: dict[str, list[str]] = {job: [] for job in jobs}
    dev = start_dev(local)
    for n, job in enumerate(jobs):
        local.place.put(f"in{n}/0.csv", b"id,part\n0,a\n")
        define(dev, local, job, MaxRetries=10, JobRunQueuingEnabled=True)
    for turn in range(1, 7):
        for n, job in enumerate(jobs):
            local.place.put(f"in{n}/{turn}.csv", f"id,part\n{turn},a\n".encode())
            arguments = {"--source": local.place.url(f"in{n}"), "--target": local.place.url(f"out{n}")}
            run_id = dev.glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"]
            started[job].append(run_id)
        time.sleep(chance.uniform(0, 3))
        dev.kill()
        dev = start_dev(local)
    try:
        _all_ended(dev, jobs)
        for n, job in enumerate(jobs):
            rows = local.ids(f"out{n}")
            runs = dev.glue.get_job_runs(JobName=job)["JobRuns"]
            assert rows == list(range(7)), (job, [(r["Id"], r["JobRunState"]) for r in runs])
            _each_start_succeeded(runs, started[job])
    finally:
        dev.kill()
    _no_run_began_twice(local)


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(2))
def test_no_script_begins_twice_in_one_run(either: Workspace, seed: int) -> None:
    """Shell scripts begin at once, so a kill falls into the first moments of some run."""
    chance = random.Random(seed)
    started: list[str] = []
    dev = start_dev(either)
    dev.glue.create_job(
        Name="shell",
        Role="any",
        Command={"Name": "pythonshell", "ScriptLocation": str(either.script(BEGUN, "shell.py"))},
        ExecutionProperty={"MaxConcurrentRuns": 99},
        DefaultArguments={"--begun": str(either.folder / "begun")},
        MaxRetries=10,
    )
    for _ in range(12):
        started += [dev.glue.start_job_run(JobName="shell")["JobRunId"] for _ in range(4)]
        time.sleep(chance.uniform(0, 0.8))
        dev.kill()
        dev = start_dev(either)
    try:
        _all_ended(dev, ["shell"])
        _each_start_succeeded(dev.glue.get_job_runs(JobName="shell")["JobRuns"], started)
    finally:
        dev.kill()
    _no_run_began_twice(either)


def _each_start_succeeded(runs: list[dict[str, Any]], started: list[str]) -> None:
    last = {run["Id"].partition("_attempt_")[0]: run["JobRunState"] for run in reversed(runs)}
    assert last == dict.fromkeys(started, "SUCCEEDED")


def _no_run_began_twice(workspace: Workspace) -> None:
    begun = Counter((workspace.folder / "begun").read_text().split())
    assert begun
    assert max(begun.values()) == 1, begun.most_common(3)


def _all_ended(dev: Dev, jobs: list[str]) -> None:
    deadline = time.monotonic() + 180
    while True:
        runs = [run for job in jobs for run in dev.glue.get_job_runs(JobName=job)["JobRuns"]]
        going = [run["Id"] for run in runs if run["JobRunState"] in OPEN]
        if not going:
            return
        assert time.monotonic() < deadline, going
        time.sleep(0.2)
