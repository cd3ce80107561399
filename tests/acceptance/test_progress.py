"""A person at a terminal sees how far a run has come; programs do not."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from forked import COMMAND
from workspace import COPY, Workspace

SLOW = COPY.replace("job.commit()", "import time\ntime.sleep(2)\njob.commit()")


def seen_at_a_terminal(local: Workspace, script: Path, *options: str) -> str:
    """What a terminal gets as the error stream of a run."""
    ours, theirs = pty.openpty()
    command = [COMMAND, "run", *options, script, "--JOB_NAME", "copy"]
    command += ["--source", local.place.url("in"), "--target", local.place.url("out")]
    started = subprocess.Popen(
        [str(part) for part in command],
        env=local.full_environ(COLUMNS="100"),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=local.folder,
    )
    os.close(theirs)
    seen = b""
    while chunk := _read(ours):
        seen += chunk
    os.close(ours)
    assert started.wait() == 0, seen.decode()
    return seen.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux, when nobody writes to it any more
        return b""


@pytest.mark.slow
def test_a_terminal_has_a_line_that_goes_when_the_run_has_ended(local: Workspace) -> None:
    local.put_rows("1.csv", 1, 2, 3)
    local.put_rows("2.csv", 4)
    seen = seen_at_a_terminal(local, local.script(SLOW))

    drawn = seen.split("\r\x1b[K")
    assert [line for line in drawn if line.startswith("placekeeper: writing: ")], seen
    last = drawn[-1].splitlines()[-1]
    assert last.startswith("placekeeper: run jr_")
    assert last.endswith("SUCCEEDED")
    assert local.ids() == [1, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--json", "--quiet"])
def test_nothing_is_drawn_for_those_who_do_not_want_it(local: Workspace, option: str) -> None:
    local.put_rows("1.csv", 1, 2, 3)
    seen = seen_at_a_terminal(local, local.script(SLOW), option)
    assert "\x1b" not in seen
    assert "writing:" not in seen
