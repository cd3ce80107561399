"""What Python does after a script's last line, done before the run is said to have ended well."""

import gzip
from pathlib import Path

import pytest

from workspace import Ended, Workspace

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
