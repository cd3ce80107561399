"""What Python does after a script's last line, done before the run is said to have ended well."""

import gzip
from pathlib import Path

import pytest

from workspace import COPY, Ended, Workspace

LEAVES_ALL_OPEN = """\
import atexit, gzip, logging, logging.handlers, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor

def put(name, text):
    with open(name, "w") as file:
        file.write(text)

def late():
    time.sleep(0.5)
    put("thread.txt", "done")

threading.Thread(target=late).start()
ThreadPoolExecutor(2).submit(lambda: (time.sleep(0.3), put("pool.txt", "done")))
kept_pool = ThreadPoolExecutor(2)
kept_pool.submit(lambda: (time.sleep(0.3), put("kept_pool.txt", "done")))
threading.Thread(target=lambda: (time.sleep(0.2), heartbeat), daemon=True).start()
heartbeat = "a variable"
atexit.register(put, "atexit.txt", "done")
unclosed = open("unclosed.txt", "w")
unclosed.write("done")
packed = gzip.open("packed.gz", "wt")
packed.write("done")
handler = logging.handlers.MemoryHandler(1000, target=logging.FileHandler("log.txt"))
logging.getLogger().addHandler(handler)
logging.getLogger().setLevel(logging.INFO)
logging.info("done")
folder = tempfile.TemporaryDirectory(prefix="left-")
put("folder.txt", folder.name)
print("the last line", end="")
"""

NO_SPACE = "OSError: [Errno 28] No space left on device: '/dev/full'"


@pytest.fixture(params=["glueetl", "pythonshell"])
def command(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(local: Workspace, command: str, source: str) -> Ended:
    return local.command("run", "--type", command, "--json", local.script(source))


@pytest.mark.usefixtures("new_processes")  # to the last thing that Python does
def test_all_is_written_that_python_would_have_written(local: Workspace, command: str) -> None:
    ended = run(local, command, LEAVES_ALL_OPEN)

    assert (ended.code, ended.summary["state"]) == (0, "SUCCEEDED"), ended.error
    for name in ("thread", "pool", "kept_pool", "atexit", "unclosed", "log"):
        written = local.folder / f"{name}.txt"
        assert written.exists(), name
        assert written.read_text().strip() == "done", name
    assert gzip.decompress((local.folder / "packed.gz").read_bytes()) == b"done"
    assert not Path((local.folder / "folder.txt").read_text()).exists()
    assert "the last line" in ended.error
    assert "Traceback" not in ended.error


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import atexit\natexit.register(lambda: 1 / 0)", "ZeroDivisionError: division by zero"),
        ("file = open('/dev/full', 'w')\nfile.write('x')", NO_SPACE),
    ],
)
def test_what_fails_at_the_end_fails_the_run(
    local: Workspace, command: str, source: str, message: str
) -> None:
    ended = run(local, command, source)

    assert (ended.code, ended.summary["state"]) == (1, "FAILED")
    assert ended.summary["error_message"] == message
    assert message in ended.error


def test_output_is_not_published_when_the_end_fails(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    source = local.place.url("in")
    script = local.script(
        "import atexit\n"
        "from awsglue.context import GlueContext\n"
        "from pyspark.context import SparkContext\n"
        "glue = GlueContext(SparkContext.getOrCreate())\n"
        f"rows = glue.create_dynamic_frame.from_options('s3', {{'paths': ['{source}']}}, 'csv')\n"
        "glue.write_dynamic_frame.from_options(\n"
        f"    rows, 's3', {{'path': '{local.place.url('out')}'}}, 'parquet'\n)\n"
        "atexit.register(lambda: 1 / 0)\n"
    )

    assert local.run(script).code == 1
    assert local.place.read_all("out") == {}


def test_an_interrupted_script_does_not_wait_for_its_threads(local: Workspace) -> None:
    """Stopping has five seconds; a thread that never ends must not use them up."""
    ended = run(
        local,
        "pythonshell",
        "import os, signal, threading\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "file = open('unclosed.txt', 'w')\nfile.write('done')\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n",
    )

    assert ended.code != 0
    assert ended.summary["error_message"] == "The run was interrupted."
    assert (local.folder / "unclosed.txt").read_text() == "done"


@pytest.mark.parametrize(
    ("option", "leave"),
    [
        ("enable", "os._exit(0)"),
        ("disable", "os._exit(256)"),  # the system's code is one byte
        ("enable", "leave = threading.Thread(target=os._exit, args=(0,))\nleave.start()\nleave.join()"),
    ],
)
def test_a_script_that_leaves_after_its_commit_has_succeeded(
    local: Workspace, option: str, leave: str
) -> None:
    local.put_rows("1.csv", 1)
    script = local.script(f"import os, threading\n{COPY}{leave}\nraise ValueError('never')\n")
    ended = local.run(script, option=option)

    assert (ended.code, ended.summary["state"]) == (0, "SUCCEEDED"), ended.error
    assert local.ids() == [1]
    summary = ended.summary["summary"]
    assert summary["published"]
    assert summary["sources"][0]["counts"] == {"new": 1}
    assert any("os._exit(0)" in note for note in summary["notes"])
    if option == "enable":
        assert local.entry()["Run"] == 2


@pytest.mark.parametrize(
    ("leave", "message"),
    [
        ("os._exit(7)", "The job process exited with code 7. The script ended it by os._exit."),
        ("os.kill(os.getpid(), signal.SIGKILL)", "The job process was killed by SIGKILL."),
        ("sys.exit(3)", "The script exited with code 3."),
    ],
)
def test_a_script_that_fails_by_itself_says_how(local: Workspace, leave: str, message: str) -> None:
    local.put_rows("1.csv", 1)
    before = local.script(f"import os, signal\n{COPY}".replace("job.commit()", f"{leave}\njob.commit()"))
    ended = local.run(before)

    assert (ended.code, ended.summary["state"]) == (1, "FAILED")
    assert ended.summary["error_message"].startswith(message)
    assert local.ids() == []

    ended = local.run(local.script(f"import os, signal\n{COPY}\n{leave}\n"))
    assert (ended.code, ended.summary["state"]) == (1, "FAILED")
    assert ended.summary["error_message"].startswith(message)
    assert local.ids() == [1]
    assert local.entry()["Run"] == 2  # what was committed stays so


def test_os_exit_before_the_commit_is_no_success_and_says_what_to_do(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    ended = local.run(local.script(COPY.replace("job.commit()", "import os\nos._exit(0)")))

    assert (ended.code, ended.summary["state"]) == (1, "FAILED")
    assert "Call job.commit() before it" in ended.summary["error_message"]
    assert local.place.read_all("out") == {}  # what was staged is gone too
    assert ended.summary["summary"]["sources"][0]["counts"] == {"new": 1}


def test_a_process_that_the_script_forks_leaves_alone(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    fork = (
        "import os\nchild = os.fork()\nif not child:\n    os._exit(5)\n"
        "assert os.waitpid(child, 0)[1] == 5 << 8\n"
    )
    ended = local.run(local.script(COPY.replace("job.commit()", f"{fork}job.commit()")))

    assert (ended.code, ended.summary["state"]) == (0, "SUCCEEDED"), ended.error
    assert local.ids() == [1]


def test_a_python_shell_job_that_leaves_with_0_has_succeeded(local: Workspace) -> None:
    ended = run(local, "pythonshell", "import os\nos._exit(0)\n")
    assert (ended.code, ended.summary["state"]) == (0, "SUCCEEDED")
    assert "os._exit(0)" in ended.summary["summary"]["notes"][0]
    ended = run(local, "pythonshell", "import os\nos._exit(9)\n")
    assert (ended.code, ended.summary["state"]) == (1, "FAILED")
    assert ended.summary["error_message"].startswith("The job process exited with code 9.")


def test_a_message_with_half_a_character_is_told(local: Workspace) -> None:
    ended = run(local, "pythonshell", "raise ValueError('before \\ud800 after')\n")
    assert (ended.code, ended.summary["state"]) == (1, "FAILED")
    assert ended.summary["error_message"] == r"ValueError: before \ud800 after"
