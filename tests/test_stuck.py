"""A command that hangs says where."""

import sys

import pytest

import stuck

JOB = """
import threading
from placekeeper.host.processes import tell_of_crashes

def hang_in_the_job():
    print("hangs", flush=True)
    threading.Event().wait()

tell_of_crashes()
hang_in_the_job()
"""
COMMAND = """
import subprocess, sys

def wait_for_the_job():
    subprocess.run([sys.executable, "-c", sys.argv[1]])

wait_for_the_job()
"""


def test_a_command_that_ends_is_given_back() -> None:
    done = stuck.ended([sys.executable, "-c", "import sys; print(1); sys.exit('2')"], seconds=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "1\n", "2\n")


def test_a_command_that_hangs_tells_its_stacks_and_those_of_its_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stuck, "SECONDS_TO_TELL", 1)
    with pytest.raises(AssertionError) as raised:
        stuck.ended([sys.executable, "-c", COMMAND, JOB], seconds=5)
    said = str(raised.value)
    assert "has not ended after 5 seconds" in said
    assert "its output:\nhangs\n" in said
    assert "in hang_in_the_job" in said
    assert "in wait_for_the_job" in said
