"""Glue's job parameters and Python shell jobs, with the installed command."""

import base64
import hashlib
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from forked import COMMAND, start
from placekeeper.runtime.engines.registry import installed
from web import azure_at, google_at, running_web
from workspace import Workspace

GLUE = """\
import json, os, sys
import greeting, salute, tenfold
from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions
from pyspark import SparkFiles
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
glue = GlueContext(SparkContext.getOrCreate())
rows = glue.create_dynamic_frame.from_options(
    "s3", {"paths": [args["source"]]}, format="csv", format_options={"withHeader": True}
)

def add(row):
    import greeting
    row["said"] = greeting.WORD + os.environ["CUSTOMER_TASK"] + json.load(open("lookup.json"))["1"]
    return row

print(sorted({row["said"] for row in rows.map(add).toDF().collect()}))
print(open(SparkFiles.get("lookup.json")).read(), salute.WORD, tenfold.times(4))
print(glue.spark_session.conf.get("spark.sql.shuffle.partitions"), os.environ["CUSTOMER_DRIVER"])
open(os.path.join(args["TempDir"], "scratch"), "w").close()
print("temp", args["TempDir"])
"""


def wheel(folder: Path, name: str, version: str, source: str) -> Path:
    """A wheel of one module."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {
        path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        for path, text in files.items()
    }
    record = "".join(f"{path},sha256={digests[path]},{len(files[path])}\n" for path in files)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(member, text)
    return path


@pytest.mark.parametrize("workspace", ["s3"], indirect=True)
def test_a_glue_job_gets_what_its_parameters_ask_for(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1, 2)
    workspace.place.put("lib/greeting.py", b"WORD = 'good '\n")
    workspace.place.put("lib/lookup.json", b'{"1": "day"}')
    salute = wheel(workspace.folder, "salute", "1.0", "WORD = 'salute'\n")
    workspace.place.put(f"lib/{salute.name}", salute.read_bytes())
    tenfold = wheel(workspace.folder, "tenfold", "2.0", "def times(n):\n    return 10 * n\n")
    workspace.place.put(f"lib/{tenfold.name}", tenfold.read_bytes())
    arguments = (
        *(
            "--extra-py-files",
            f"{workspace.place.url('lib/greeting.py')},{workspace.place.url(f'lib/{salute.name}')}",
        ),
        *("--extra-files", workspace.place.url("lib/lookup.json")),
        *("--additional-python-modules", workspace.place.url(f"lib/{tenfold.name}")),
        *("--python-modules-installer-option", "--no-index"),
        *("--conf", "spark.sql.shuffle.partitions=3 --conf spark.executor.memory=1g"),
        *("--customer-driver-env-vars", "CUSTOMER_DRIVER=here,PATH=/x"),
        *("--customer-executor-env-vars", 'CUSTOMER_TASK="fine, "'),
        *("--enable-metrics", "--enable-auto-scaling=false"),
    )

    ended = workspace.run(workspace.script(GLUE, "glue.py"), arguments=arguments)

    assert ended.code == 0, ended.error
    said = ended.error.splitlines()
    assert "['good fine, day']" in said
    assert '{"1": "day"} salute 40' in said
    assert "3 here" in said
    (temporary,) = [line for line in said if line.startswith("temp ")]
    assert temporary.startswith(f"temp {workspace.state}/runs/jr_")
    assert list((workspace.state / "runs").iterdir()) == []
    notes = " ".join(ended.summary["summary"]["notes"])
    for noted in ("spark.executor.memory", "ignores PATH", "--enable-metrics", "holds --extra-files"):
        assert noted in notes, noted
    assert "auto-scaling" not in notes
    (installed,) = (workspace.state / "modules").iterdir()

    modules = arguments[arguments.index("--additional-python-modules") :][:4]
    again = workspace.command(
        "run", "--type", "pythonshell", workspace.script("import tenfold\n", "again.py"), *modules
    )
    assert again.code == 0, again.error
    assert list((workspace.state / "modules").iterdir()) == [installed]  # and pip was not called


def test_what_cannot_be_had_fails_the_run_and_names_the_parameter(local: Workspace) -> None:
    script = local.script("print('never')\n")
    wanted = ("--additional-python-modules", "no-such", "--python-modules-installer-option", "--no-index")

    ended = local.command("run", "--type", "pythonshell", script, "--json", *wanted)

    assert (ended.code, ended.summary["state"]) == (1, "FAILED")
    assert ended.summary["error_message"].startswith(
        "ExtraUnavailable: --additional-python-modules: no-such could not be installed: ERROR: "
    )
    assert "never" not in ended.error


def test_a_jar_is_fetched_only_where_there_is_a_jvm(local: Workspace) -> None:
    script = local.script("print('begun')\n")
    absent = f"{local.folder}/absent.jar"

    ended = local.command("run", script, "--json", "--extra-jars", absent)
    shell = local.command("run", "--type", "pythonshell", script, "--extra-jars", absent)

    assert shell.code == 0, shell.error
    if installed().sail:
        assert (ended.code, "begun" in ended.error) == (0, True), ended.error
        assert "--extra-jars has no effect on Sail: there is no JVM" in ended.summary["summary"]["notes"]
    else:
        assert (ended.code, "begun" in ended.error) == (1, False)
        assert ended.summary["error_message"] == (
            f"ExtraUnavailable: --extra-jars names {absent}, and there is no such file (folders cannot be "
            "named)"
        )


def test_a_job_that_is_new_and_almost_named_like_another_is_asked_about(local: Workspace) -> None:
    plain = ("run", "--type", "pythonshell", local.script(""))
    shell = (*plain, "--job-bookmark-option", "job-bookmark-enable", "--JOB_NAME")

    assert "new job" not in local.command(*shell, "orders").error
    misspelt = local.command(*shell, "ordrs")

    assert misspelt.code == 0
    assert "If you meant orders, stop it and give --JOB_NAME orders" in misspelt.error
    assert "new job" not in local.command(*shell, "ordrs").error
    assert "new job" not in local.command(*shell, "orders-dev").error
    assert "new job" not in local.command(*plain, "--JOB_NAME", "oders").error  # it remembers nothing


def test_files_come_from_other_stores(local: Workspace, tmp_path: Path) -> None:
    with running_web(tmp_path / "web") as web:
        said = "greeting.WORD, salute.WORD, tenfold.times(4), open('x').read()"
        script = web.put("job.py", f"import greeting, salute, tenfold\nprint({said})".encode())
        web.put("modules/greeting.py", b"WORD = 'hello'")
        web.put("modules/salute.py", b"WORD = 'ahoy'")
        web.put("files/x", b"beside")
        made = wheel(tmp_path, "tenfold", "1.0", "def times(n): return 10 * n\n")
        web.put(f"packages/{made.name}", made.read_bytes())
        stores = google_at(web, tmp_path / "google.json") | azure_at(web)

        ended = local.command(
            "run", "--type", "pythonshell", f"{script}?signature=hunter2",
            "--extra-py-files", f"{web.url}/modules/greeting.py?signature=hunter2,gs://modules/salute.py",
            "--extra-files", "az://files/x",
            "--additional-python-modules", f"gs://packages/{made.name}",
            **stores,
        )  # fmt: skip

    assert ended.code == 0, ended.error
    assert ended.output == "hello ahoy 40 beside\n"


@pytest.mark.usefixtures("new_processes")  # a forked process has loaded all
def test_a_python_shell_job_is_a_plain_script(local: Workspace) -> None:
    script = local.script(
        "import sys, boto3\n"
        "from awsglue.utils import getResolvedOptions\n"
        "args = getResolvedOptions(sys.argv, ['JOB_NAME', 'x'])\n"
        "glue = boto3.client('glue')\n"
        "run = glue.get_job_run(JobName=args['JOB_NAME'], RunId=args['JOB_RUN_ID'])['JobRun']\n"
        "print(args['x'], run['JobRunState'], {'pandas', 'pyspark', 'pysail'} & set(sys.modules))\n"
        "sys.exit(int(args['x']))\n",
        "shell.py",
    )
    keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
    enable = ("--job-bookmark-option", "job-bookmark-enable", "--JOB_RUN_ID", "jr_of_another")

    ended = local.command("run", "--type", "pythonshell", script, "--x", "0", *enable, **keys)
    assert ended.code == 0, ended.error
    assert ended.output == "0 RUNNING set()\n"
    assert "Python shell jobs have no bookmarks" in ended.error

    # the job is defined as one now
    failed = local.command("run", script, "--x", "3", "--json", **keys)
    assert (failed.code, failed.summary["error_message"]) == (1, "The script exited with code 3.")
    assert failed.summary["job_spec"]["Command"]["Name"] == "pythonshell"
    assert "3 RUNNING set()" in failed.error


def test_logs_are_followed_to_the_end_of_the_run(local: Workspace) -> None:
    go_on = local.folder / "go-on"
    script = local.script(
        "import os, sys, time\n"
        "print('begun', flush=True)\n"
        f"while not os.path.exists({str(go_on)!r}):\n    time.sleep(0.02)\n"
        "print('late', file=sys.stderr)\n"
        "print('no newline', end='')\n"
        "sys.exit('enough')\n"
    )
    run = start(
        [COMMAND, "run", "--type", "pythonshell", script],
        env=local.full_environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "begun\n"
    (run_id,) = (path.name for path in (local.state / "logs").iterdir())

    interrupted, followed = (
        start(
            [COMMAND, "runs", "logs", run_id[:12], "--follow"],
            env=local.full_environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    )
    for follower in (interrupted, followed):
        assert follower.stdout is not None
        assert follower.stdout.readline() == "begun\n"
    interrupted.send_signal(signal.SIGINT)
    assert interrupted.communicate(timeout=60) == ("", "")
    assert interrupted.returncode == 130

    go_on.touch()
    output, error = followed.communicate(timeout=60)
    assert run.wait(60) == 1
    run.stdout.close()
    assert (followed.returncode, output) == (0, "no newline")
    assert error.splitlines()[:2] == ["late", "enough"]
    assert error.splitlines()[2:] == [
        "placekeeper: FAILED with the error above",
        f"placekeeper: run {run_id[:15]} FAILED",
    ]


def test_a_run_whose_launcher_was_killed_leaves_nothing_behind_for_long(local: Workspace) -> None:
    script = local.script("import time\nprint('begun', flush=True)\ntime.sleep(600)\n")
    run = start(
        [COMMAND, "run", "--type", "pythonshell", script], env=local.full_environ(), stdout=subprocess.PIPE
    )
    assert run.stdout is not None
    run.stdout.readline()
    (folder,) = (local.state / "runs").iterdir()
    run.kill()
    run.communicate()
    deadline = time.monotonic() + 60
    followed = local.command("runs", "logs", folder.name, "--follow")
    assert followed.output == "begun\n"
    assert "the process that launched it is dead" in followed.error
    assert time.monotonic() < deadline

    assert local.command("run", "--type", "pythonshell", local.script("", "next.py")).code == 0
    assert list((local.state / "runs").iterdir()) == []
