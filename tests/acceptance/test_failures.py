"""Failure as a user meets it: the script's own traceback, nothing lost, one clear line."""

import json
import os
import signal
import subprocess
import time

import pytest

from forked import COMMAND, start
from workspace import COPY, S3_IN_SOAK, Workspace


@S3_IN_SOAK
def test_a_script_that_raises_leaves_bookmark_and_output_where_they_were(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    workspace.run()
    workspace.put_rows("2.csv", 2)
    script = workspace.script(
        COPY.replace("job.commit()", "def late():\n    raise ValueError('boom')\n\nlate()")
    )

    failed = workspace.run(script)
    assert failed.code == 1
    run = failed.summary
    assert (run["state"], run["error_message"]) == ("FAILED", "ValueError: boom")
    lines = failed.error.splitlines()
    start = lines.index("Traceback (most recent call last):")
    assert lines[start + 1].startswith(f'  File "{script}", line ')
    assert "/placekeeper/" not in "\n".join(lines[start : lines.index("ValueError: boom")])
    assert workspace.ids() == [1]
    assert workspace.place.left_staged("out") == []
    entry = workspace.entry()
    assert (entry["Version"], entry["Run"]) == (2, 2)
    missing = workspace.inside("bookmark", "show", "copy", "--run-id", run["id"])
    assert missing.code == 3

    again = workspace.run()
    assert workspace.counts(again) == {"new": 1, "done": 1}
    assert workspace.ids() == [1, 2]
    assert workspace.entry()["Version"] == 5  # open, commit, open (failed), open, commit


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import sys; sys.exit(3)", "The script exited with code 3."),
        ("import sys; sys.exit('no luck')", "no luck"),
        ("def broken(:\n", "SyntaxError: "),
        ("import os; os._exit(7)", "The job process exited with code 7."),
        ("if 1 > 0:\n    from awsglue.context import Nothing", "ImportError: "),
        ("from awsglue.context import Nothing", "UnsupportedFeature: "),
    ],
)
def test_every_bad_end_has_a_reason(local: Workspace, source: str, message: str) -> None:
    ended = local.run(local.script(source))

    assert (ended.code, ended.summary["state"]) == (1, "FAILED")
    assert ended.summary["error_message"].startswith(message)


@pytest.mark.parametrize("command", ["glueetl", "pythonshell"])
def test_a_crash_loses_nothing_that_was_printed_and_tells_its_place(local: Workspace, command: str) -> None:
    script = local.script("import os, signal\nprint('printed')\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    ended = local.inside("run", "--json", "--type", command, script)
    assert ended.code == 1
    run = json.loads(ended.output)
    said = f"The job process was killed by SIGSEGV in <module> ({script}, line 3)."
    assert run["error_message"].startswith(f"{said} To see its whole log: placekeeper runs logs {run['id']}")
    logs = local.inside("runs", "logs", run["id"])
    assert logs.output == "printed\n"
    assert "Fatal Python error: Segmentation fault" in logs.error


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbfprint('caf\xc3\xa9')\n",
        b"# -*- coding: latin-1 -*-\nprint('caf\xe9')\n",
        b"#!/usr/bin/env python\r\n# coding: cp1252\r\nprint('caf\xe9')\r\n",
    ],
)
def test_a_script_in_any_encoding_that_python_reads(local: Workspace, source: bytes) -> None:
    script = local.folder / "script.py"
    script.write_bytes(source)
    ended = local.command("run", "--type", "pythonshell", script)
    assert (ended.code, ended.output) == (0, "café\n")


@pytest.mark.parametrize("source", [b"print('caf\xe9')\n", b"# coding: nonsense\n"])
def test_a_script_in_no_encoding_says_what_to_do(local: Workspace, source: bytes) -> None:
    script = local.folder / "script.py"
    script.write_bytes(source)
    ended = local.command("run", "--type", "pythonshell", script)
    assert ended.code == 1
    assert "Save it as UTF-8" in ended.error
    assert "Traceback" not in ended.error


def test_a_script_that_is_nested_too_deeply_fails_with_its_reason(local: Workspace) -> None:
    ended = local.run(local.script("x = 1" + "+1" * 200_000))
    assert (ended.code, ended.summary["state"]) == (1, "FAILED")
    assert ended.summary["error_message"].startswith(("RecursionError: ", "MemoryError: "))


def test_what_a_run_leaves_in_the_state_is_for_its_user_alone(local: Workspace) -> None:
    """The folder may have been there, open to everybody."""
    local.state.mkdir(mode=0o755)
    local.command("run", "--type", "pythonshell", local.script("print('x')"))
    kept = ("placekeeper.db", "logs", "runs", "segments", "modules")
    open_to_others = [name for name in kept if (local.state / name).stat().st_mode & 0o077]
    assert open_to_others == []


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            "glue.create_dynamic_frame.from_options('s3', {'paths': ['in']}, format='ion')",
            "ion",
        ),
    ],
)
def test_what_is_not_there_yet_says_so_in_one_sentence(local: Workspace, call: str, sentence: str) -> None:
    local.place.put("in/1.csv", b"id\n1\n")
    script = local.script(
        f"from awsglue.context import GlueContext\nfrom pyspark.context import SparkContext\n"
        f"glue = GlueContext(SparkContext())\n{call}\n"
    )

    ended = local.run(script)
    assert ended.code == 1
    assert sentence in ended.summary["error_message"]
    assert "\n" not in ended.summary["error_message"]


def test_bad_arguments_are_one_line_and_code_2(local: Workspace) -> None:
    ended = local.command("run")
    assert (ended.code, ended.error) == (2, "placekeeper: Missing argument 'SCRIPT'.\n")
    script, enable = str(local.script("")), "job-bookmark-enable"
    for arguments, line in [
        (("run", "absent.py"), "there is no script at absent.py"),
        (("run", "/"), "/ is a folder; name the script in it"),
        (("run", script, "stray"), "'stray' does not follow an argument name: write --NAME stray"),
        (
            ("run", script, "--job-bookmark-option", "on"),
            f"--job-bookmark-option must be {enable}, job-bookmark-pause or job-bookmark-disable, not 'on'",
        ),
        (("run", script, "--engine", "fast"), "--engine must be auto, sail or spark, not 'fast'"),
        (
            ("run", script, "--output-visibility", "never"),
            "--output-visibility must be commit or immediate, not 'never'",
        ),
        (("run", script, "--x", "\udcff"), "the argument b'\\xff' is not UTF-8 text"),
        (
            ("run", "--foo", script),
            (
                "'--foo' stands in the place of the script. "
                "Name the script first: placekeeper run SCRIPT --foo …"
            ),
        ),
        (("run", "--type", "glueray", script), None),
        (("run", script, "--conf", "spark"), None),
        (("plan",), "Missing argument 'NAME'."),
        (("bookmark", "show", "x", "--bogus"), "No such option: --bogus"),
        (("dev", "--port", "many"), None),
        (("dev", "--host", "0.0.0.0"), None),
        (("run", "--state", "ftp://x/y", script), None),
    ]:
        ended = local.inside(*arguments)
        assert ended.code == 2, (arguments, ended)
        assert ended.error.count("\n") == 1, ended.error
        assert ended.output == ""
        if line is not None:
            assert ended.error == f"placekeeper: {line}\n"


def test_an_option_behind_the_script_is_the_script_s_and_that_is_said(local: Workspace) -> None:
    script = str(local.script("import sys\nprint(sys.argv)\n"))
    ended = local.command("run", script, "--type", "pythonshell", "--database=postgresql://u:s3cret@h/d")
    assert ended.code == 0, ended.error
    for name in ("--type", "--database"):
        assert f"note: {name} after the script is the script's argument" in ended.error
    assert "s3cret" not in ended.error
    plain = local.command("run", script, "--type", "full", "--database", "sales")
    assert "after the script" not in plain.error


def test_a_state_that_is_not_there_is_said(local: Workspace) -> None:
    for arguments in [("bookmark", "show", "x"), ("plan", "x"), ("runs", "list")]:
        ended = local.inside(*arguments)
        assert ended.code == 1
        assert ended.error.startswith(f"placekeeper: there is no state in {local.state}")
        assert not local.state.exists()


def test_ctrl_c_stops_the_whole_process_group(local: Workspace) -> None:
    pids = local.folder / "pids"
    script = local.script(
        "import os, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(600)\n"
    )
    command = start(
        [COMMAND, *local.run_arguments(script)],
        env=local.full_environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    command.send_signal(signal.SIGINT)
    output, _ = command.communicate(timeout=60)

    assert command.returncode == 130
    assert json.loads(output)["state"] == "STOPPED"
    _until(lambda: not any(_alive(int(pid)) for pid in pids.read_text().split()))


def test_a_killed_command_takes_its_job_process_along_and_the_next_run_records_it(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    pids = local.folder / "pids"
    script = local.script(
        COPY.replace(
            "job.commit()",
            f"import os, time\nopen({str(pids)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)",
        )
    )
    command = start(
        [COMMAND, *local.run_arguments(script)],
        env=local.full_environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _until(lambda: pids.exists() and pids.read_text() != "")
    command.kill()
    command.wait()
    _until(lambda: not _alive(int(pids.read_text())))
    assert "the process that launched it is dead" in local.inside("runs", "list").output

    again = local.run()
    assert local.counts(again) == {"new": 1}
    assert "is dead" not in local.inside("runs", "list").output
    assert local.ids() == [1]
    runs = json.loads(local.inside("runs", "list", "--json").output)
    assert [run["state"] for run in runs] == ["SUCCEEDED", "FAILED"]
    assert "was killed" in runs[1]["error_message"]


def test_a_reset_during_a_run_makes_its_commit_fail_and_nothing_is_published(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    local.put_rows("2.csv", 2)
    reset = (
        f"import subprocess\nsubprocess.run([{str(COMMAND)!r}, 'bookmark', 'reset', 'copy'], check=True)\n"
    )
    script = local.script(COPY.replace("job.commit()", f"{reset}job.commit()"))

    ended = local.run(script, PLACEKEEPER_STATE=str(local.state))
    assert ended.code == 1
    assert ended.summary["error_message"] == (
        "VersionMismatchException: Continuation update failed due to version mismatch. "
        "Expected version 3 but found version 4"
    )
    assert "has moved the bookmark copy since this run began" in ended.error
    assert local.ids() == [1]
    assert local.entry()["JobBookmark"] == "{}"
    assert local.place.left_staged("out") == []


def test_output_that_can_no_longer_be_published_is_taken_back(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    workspace.run()
    workspace.put_rows("2.csv", 2, 3)
    lose = f"""
import os, pathlib
place = {workspace.place.url("out")!r}
if place.startswith("s3://"):
    import boto3
    s3, bucket = boto3.client("s3"), place.split("/")[2]
    for upload in s3.list_multipart_uploads(Bucket=bucket, Prefix="out/").get("Uploads", ()):
        s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
else:
    for staged in pathlib.Path(place).rglob("*.staged"):
        staged.unlink()
"""
    ended = workspace.run(workspace.script(COPY.replace("job.commit()", f"{lose}\njob.commit()")))
    assert ended.code == 1
    assert ended.summary["error_message"].startswith("PublishFailed: the output could not be published")
    assert workspace.ids() == [1]
    history = json.loads(workspace.inside("bookmark", "history", "copy", "--json").output)
    assert [v["change"] for v in history[:3]] == ["revert", "commit", "open"]

    assert workspace.counts(workspace.run()) == {"new": 1, "done": 1}
    assert workspace.ids() == [1, 2, 3]


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _until(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_the_environment_of_a_run_has_no_token(local: Workspace) -> None:
    ended = local.run(local.script("import os\nprint(sorted(k for k in os.environ if 'TOKEN' in k))\n"))

    assert ended.code == 0, ended.error
    assert "[]" in ended.error
    assert os.environ.get("PLACEKEEPER_RUN_TOKEN") is None


def test_a_run_that_ends_itself_before_its_output_is_visible_is_no_success(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    ended = local.run(local.script(COPY.replace("job.commit()", "import os\nos._exit(0)")))

    assert (ended.code, ended.summary["state"]) == (1, "FAILED")
    assert "ended itself" in ended.summary["error_message"]
    assert local.ids() == []


def test_a_run_does_not_depend_on_the_server_of_another_run(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()  # so that the state is there
    slow = local.script(COPY.replace("job.commit()", "import time\ntime.sleep(2)\njob.commit()"), "slow.py")
    arguments = [a if a != "copy" else "other" for a in local.run_arguments(slow)]
    first = start(
        [COMMAND, *local.run_arguments(local.script())], env=local.full_environ(), stdout=subprocess.DEVNULL
    )
    second = start([COMMAND, *arguments], env=local.full_environ(), stdout=subprocess.DEVNULL)

    assert first.wait(60) == 0
    assert second.wait(60) == 0
