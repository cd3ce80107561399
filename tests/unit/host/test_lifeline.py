"""A job process ends with its launcher, whatever it is doing then."""

import os
import signal
import subprocess
import sys

import msgspec
import pytest

from placekeeper.launch.orders import Orders

ORDERS = msgspec.json.encode(
    Orders(
        run_id="jr_1",
        command="glueetl",
        glue_version="5.1",
        url="http://127.0.0.1:1",
        token="t",
        script="s.py",
        segments="segments",
        arguments=(),
        environ=dict(os.environ),
        cwd="/",
        folder="run",
        modules="modules",
    )
)

ENTERS_A_FOLDER_THAT_HANGS = """
import os, sys, threading
from placekeeper.host.lifeline import obey

def hang(folder):
    print("entering", folder, flush=True)
    threading.Event().wait()

os.chdir = hang
obey(int(sys.argv[1]), lambda orders: 0)
"""


def test_a_process_that_hangs_at_its_folder_ends_with_its_launcher() -> None:
    reading, launcher = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", ENTERS_A_FOLDER_THAT_HANGS, str(reading)],
        stdout=subprocess.PIPE,
        pass_fds=(reading,),
        start_new_session=True,
    )
    os.close(reading)
    try:
        assert process.stdout is not None
        os.write(launcher, ORDERS + b"\n")
        assert process.stdout.readline() == b"entering /\n"
        os.close(launcher)
        assert process.wait(timeout=20) == -signal.SIGKILL
    except subprocess.TimeoutExpired:
        pytest.fail("the process outlives its launcher")
    finally:
        process.kill()
        process.communicate()
