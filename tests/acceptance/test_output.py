"""Where the command's output cannot go."""

import os
import subprocess
from pathlib import Path

import pytest

from forked import COMMAND
from workspace import Workspace


@pytest.fixture
def listing(local: Workspace) -> list[str]:
    """A command with output."""
    assert local.command("run", "--type", "pythonshell", local.script("")).code == 0
    return [str(COMMAND), "runs", "list"]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line_and_exit_code_1(
    local: Workspace, listing: list[str], unbuffered: str
) -> None:
    environ = {**local.full_environ(), "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            listing, env=environ, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith("placekeeper: no space is left on the device")


def test_a_place_in_the_state_that_takes_no_file_is_named(local: Workspace) -> None:
    assert local.inside("run", "--type", "pythonshell", local.script("")).code == 0
    (local.state / "launchers").rmdir()
    (local.state / "launchers").touch()
    ended = local.inside("run", "--type", "pythonshell", local.script(""))
    assert ended.code == 1
    assert ended.error == f"placekeeper: {local.state / 'launchers'}: File exists\n"


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_reader_that_has_gone_ends_the_command_quietly(
    local: Workspace, listing: list[str], more: tuple[str, ...]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [*listing, *more], env=local.full_environ(), stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)

    assert (ended.returncode, ended.stderr) == (1, b"")
