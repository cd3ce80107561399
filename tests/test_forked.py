"""Forked processes begin, speak and end as new ones do."""

import signal
import subprocess
from pathlib import Path

import pytest

import forked

pytestmark = pytest.mark.skipif(not forked.FORKS, reason="nothing is forked")


def start(*arguments: object, folder: Path) -> forked.Forked:
    pipe = subprocess.PIPE
    return forked.start([forked.COMMAND, *arguments], cwd=folder, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize(
    "arguments", [("--version",), ("runs", "list", "--state", "absent"), ("no-command",)]
)
def test_a_forked_command_says_and_answers_what_a_new_one_does(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    new = subprocess.run(
        [forked.COMMAND, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    process = start(*arguments, folder=tmp_path)
    assert (*process.communicate(60), process.returncode) == (new.stdout, new.stderr, new.returncode)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_can_be_killed(tmp_path: Path, number: signal.Signals) -> None:
    script, end = tmp_path / "x.py", tmp_path / "end"
    script.write_text(f"import os, time\nwhile not os.path.exists({str(end)!r}):\n    time.sleep(0.01)\n")
    process = start("run", "--state", tmp_path / "state", "--type", "pythonshell", script, folder=tmp_path)
    assert process.poll() is None
    process.send_signal(number)
    assert process.wait(60) in (-number, 128 + number)
    assert process.poll() == process.returncode
    end.touch()
    process.communicate()


def test_a_wait_ends_when_its_time_is_up(tmp_path: Path) -> None:
    script = tmp_path / "x.py"
    script.write_text("import time; print('begun', flush=True); time.sleep(60)")
    with start(
        "run", "--state", tmp_path / "state", "--type", "pythonshell", script, folder=tmp_path
    ) as process:
        assert process.stdout.readline() == "begun\n"
        for wait in (process.wait, process.communicate):
            with pytest.raises(subprocess.TimeoutExpired):
                wait(0.05)
        process.kill()
    assert process.returncode == -signal.SIGKILL
