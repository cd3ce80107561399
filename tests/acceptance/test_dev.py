"""`placekeeper dev` and boto3's own client: jobs are defined, started and looked at over HTTP."""

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev import Dev, running_dev
from workspace import COPY, Workspace

RAY = {"GlueVersion": "4.0", "WorkerType": "Z.2X", "NumberOfWorkers": 2}


def _create(glue: Any, script: str, **arguments: str) -> None:
    glue.create_job(
        Name="copy",
        Role="any",
        Command={"Name": "glueetl", "ScriptLocation": script, "PythonVersion": "3"},
        DefaultArguments={"--job-bookmark-option": "job-bookmark-enable", **arguments},
        GlueVersion="6.0",
    )


def _run_to_its_end(dev: Dev) -> dict[str, Any]:
    return dev.until(dev.glue.start_job_run(JobName="copy")["JobRunId"])


def test_a_job_from_definition_to_bookmark(workspace: Workspace) -> None:
    workspace.place.put("scripts/copy_rows.py", COPY.encode())
    workspace.put_rows("1.csv", 1)
    with running_dev(workspace) as dev:
        glue = dev.glue
        _create(
            glue,
            workspace.place.url("scripts/copy_rows.py"),
            **{"--source": workspace.place.url("in"), "--target": workspace.place.url("out")},
        )
        assert glue.get_job(JobName="copy")["Job"]["GlueVersion"] == "6.0"
        assert [job["Name"] for job in glue.get_jobs()["Jobs"]] == ["copy"]

        first = _run_to_its_end(dev)
        assert first["JobRunState"] == "SUCCEEDED", first
        assert re.fullmatch(r"jr_[0-9a-f]{64}", first["Id"])
        workspace.put_rows("2.csv", 2)
        second = _run_to_its_end(dev)
        assert [run["Id"] for run in glue.get_job_runs(JobName="copy")["JobRuns"]] == [
            second["Id"],
            first["Id"],
        ]

        entry = glue.get_job_bookmark(JobName="copy")["JobBookmarkEntry"]
        assert (entry["Version"], entry["Run"], entry["Attempt"]) == (4, 3, 0)
        assert (entry["RunId"], entry["PreviousRunId"]) == (second["Id"], first["Id"])
        assert glue.get_job_bookmark(JobName="copy", RunId=first["Id"])["JobBookmarkEntry"]["Version"] == 2
        state = json.loads(entry["JobBookmark"])["rows"]
        assert state["jsonClass"] == "HadoopDataSourceJobBookmarkState"
        assert list(state["timestamps"]) == [
            *("RUN", "HIGH_BAND", "CURR_LATEST_PARTITION", "CURR_LATEST_PARTITIONS"),
            *("CURR_RUN_START_TIME", "INCLUDE_LIST"),
        ]
        assert len(state["timestamps"]["INCLUDE_LIST"].split(",")) == 4  # two hashes for each of two objects

        # the command joins the server that owns the state
        joined = workspace.run()
        assert workspace.counts(joined) == {"done": 2}

        reset = glue.reset_job_bookmark(JobName="copy")["JobBookmarkEntry"]
        assert (reset["Version"], reset["Run"], reset["JobBookmark"]) == (7, 0, "{}")
        glue.delete_job(JobName="copy")
        with pytest.raises(ClientError, match="Continuation for job copy not found"):
            glue.get_job_bookmark(JobName="copy")
    assert workspace.ids() == [1, 2]


def test_a_run_that_cannot_be_launched_is_failed_with_the_reason(local: Workspace) -> None:
    with running_dev(local) as dev:
        glue = dev.glue
        _create(glue, str(local.folder / "absent.py"))
        run = _run_to_its_end(dev)
        assert run["JobRunState"] == "FAILED"
        assert "absent.py does not exist" in run["ErrorMessage"]
        glue.delete_job(JobName="copy")

        for command, arguments, reason in [
            ("gluestreaming", {}, "there are no streaming sources"),
            ("glueray", {}, "there is no Ray cluster"),
            ("glueetl", {"--job-language": "scala", "--class": "A"}, "Scala scripts cannot run here"),
        ]:
            glue.create_job(
                Name="copy",
                Role="any",
                Command={"Name": command, "ScriptLocation": "x.py", "Runtime": "Ray2.4"},
                DefaultArguments=arguments,
                **(RAY if command == "glueray" else {}),
            )
            run = _run_to_its_end(dev)
            assert run["JobRunState"] == "FAILED"
            assert reason in run["ErrorMessage"]
            glue.delete_job(JobName="copy")

        shell = local.script("import os\nprint('shell')\n")
        glue.create_job(
            Name="copy",
            Role="any",
            Command={"Name": "pythonshell", "ScriptLocation": str(shell)},
            MaxCapacity=1,
        )
        run = _run_to_its_end(dev)
        assert run["JobRunState"] == "SUCCEEDED", run
        assert (local.state / "logs" / run["Id"] / "output").read_text() == "shell\n"


def test_dev_says_what_runs_and_what_ctrl_c_stops(local: Workspace) -> None:
    log = local.folder / "dev.log"
    with running_dev(local) as dev:
        script = "import sys, time\nif '--slowly' in sys.argv: time.sleep(600)\nraise ValueError('boom')\n"
        _create(dev.glue, str(local.script(script)))
        failed = _run_to_its_end(dev)["Id"][:15]
        slow = dev.glue.start_job_run(JobName="copy", Arguments={"--slowly": "true"})["JobRunId"]
        dev.until(slow, "RUNNING")
    said = log.read_text()
    assert f"placekeeper: run {failed} of job copy begins\n" in said
    assert re.search(
        rf"placekeeper: run {failed} of job copy: FAILED after \d+ s: ValueError: boom; "
        rf"placekeeper runs logs {failed}\n",
        said,
    )
    assert f"placekeeper: stopping 1 run: {slow[:15]}\n" in said
    assert f"placekeeper: run {slow[:15]} of job copy: STOPPED after" in said


def test_boto3_in_the_script_finds_its_own_job(local: Workspace) -> None:
    script = local.script(
        "import sys, boto3\n"
        "from awsglue.utils import getResolvedOptions\n"
        "args = getResolvedOptions(sys.argv, ['JOB_NAME'])\n"
        "glue = boto3.client('glue')\n"
        "run = glue.get_job_run(JobName=args['JOB_NAME'], RunId=args['JOB_RUN_ID'])['JobRun']\n"
        "print('state', run['JobRunState'])\n"
    )

    ended = local.run(script, AWS_ACCESS_KEY_ID="any", AWS_SECRET_ACCESS_KEY="any")
    assert ended.code == 0, ended.error
    assert "state RUNNING" in ended.error


def test_logs_are_kept(local: Workspace) -> None:
    script = local.script("import sys\nprint('to output')\nprint('to error', file=sys.stderr)\n")
    run_id = local.run(script).summary["id"]

    listed = local.inside("runs", "list", "copy")
    assert run_id[:15] in listed.output
    assert "SUCCEEDED" in listed.output
    whole = local.inside("runs", "logs", run_id[:12])
    assert whole.output == "to output\n"
    assert "to error\n" in whole.error
    assert "to error\n" in local.inside("runs", "logs", run_id, "--error").output
    assert f"placekeeper: run {run_id[:15]} SUCCEEDED\n" in whole.error
    for command in ("logs", "stop"):
        absent = local.inside("runs", command, "jr_absent")
        assert (absent.code, "there is no run jr_absent" in absent.error) == (3, True)
        of_job = local.inside("runs", command, "copy")
        shows = f"it is a job. placekeeper runs logs {run_id[:15]} shows its newest run. "
        assert f"there is no run copy: {shows}See placekeeper runs list copy" in of_job.error


def test_a_run_that_was_ended_says_its_state_after_its_log(local: Workspace) -> None:
    with running_dev(local) as dev:
        _create(dev.glue, str(local.script("import time\nprint('on', flush=True)\ntime.sleep(600)\n")))
        stopped = dev.glue.start_job_run(JobName="copy")["JobRunId"]
        dev.until(stopped, "RUNNING")
        dev.glue.batch_stop_job_run(JobName="copy", JobRunIds=[stopped])
        dev.until(stopped)
        dev.glue.delete_job(JobName="copy")
        dev.glue.create_job(
            Name="copy", Role="any", Command={"Name": "gluestreaming", "ScriptLocation": "x.py"}
        )
        unlaunched = dev.glue.start_job_run(JobName="copy")["JobRunId"]
        dev.until(unlaunched)
    logs = local.inside("runs", "logs", stopped)
    assert "FAILED" not in logs.error
    assert f"placekeeper: run {stopped[:15]} STOPPED" in logs.error
    nothing = local.inside("runs", "logs", unlaunched[:15])
    assert (nothing.code, nothing.output) == (0, "")
    assert f"run {unlaunched[:15]} FAILED: " in nothing.error
    assert "there are no streaming sources" in nothing.error


def test_a_server_with_the_account_of_its_user(local: Workspace) -> None:
    with running_dev(local, "--account", "123456789012") as dev:
        dev.glue.create_database(DatabaseInput={"Name": "shop"}, CatalogId="123456789012")
        assert dev.glue.get_database(Name="shop")["Database"]["CatalogId"] == "123456789012"
        with pytest.raises(ClientError, match="placekeeper dev --account 210987654321"):
            dev.glue.get_database(Name="shop", CatalogId="210987654321")


def test_an_account_that_cannot_be(local: Workspace) -> None:
    ended = local.command("dev", "--account", "1234")
    assert ended.code == 2
    assert "PLACEKEEPER_ACCOUNT has 12 digits, as in 123456789012, not '1234'" in ended.error
