"""What a run says is passed on whatever happens to those who take it."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from placekeeper.launch import process, starting
from placekeeper.launch.orders import Orders
from placekeeper.launch.process import (
    JobProcess,
    LogFiles,
    WaitingProcess,
    _pump,
    describe_exit,
    end_of,
)
from placekeeper.launch.starting import for_jobs
from placekeeper.model.errors import LaunchFailed
from placekeeper.rules.jobs.commands import CommandType


class Full(io.BytesIO):
    """A log on a full disk."""

    name = "/state/logs/x/output"

    def write(self, data: object) -> int:
        raise OSError(28, "No space left on device")


class Kept(io.BytesIO):
    """Remembers what it held when it was closed."""

    def close(self) -> None:
        self.held = self.getvalue()
        super().close()


def test_a_full_disk_does_not_stop_a_run_and_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    echo = io.BytesIO()

    _pump(io.BytesIO(b"x" * 200_000), Full(), echo).join()

    assert len(echo.getvalue()) == 200_000
    assert capsys.readouterr().err.count("/state/logs/x/output cannot be written any more") == 1


def test_a_terminal_that_has_gone_does_not_stop_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    kept, echo = Kept(), io.BytesIO()
    echo.close()

    _pump(io.BytesIO(b"x" * 200_000), kept, echo).join()

    assert len(kept.held) == 200_000
    assert capsys.readouterr().err == ""


def test_each_type_of_jobs_has_an_entry() -> None:
    assert set(starting.ENTRIES) == {*CommandType, starting.CRAWLER}


def test_what_lets_into_the_database_stays_with_the_server() -> None:
    secrets = {"PLACEKEEPER_DATABASE": "u", "PGPASSWORD": "w", "PGPASSFILE": "f", "PLACEKEEPER_KEYS": "k"}
    assert for_jobs({**secrets, "PGHOST": "h", "A": "1"}) == {"PGHOST": "h", "A": "1"}


def test_a_process_that_leaves_its_streams_to_another_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LAST_WORDS_S", 0.1)
    leaving = "import subprocess; print(subprocess.Popen(['sleep', '60'], start_new_session=True).pid)"
    started = subprocess.Popen(
        [sys.executable, "-c", leaving], stdout=subprocess.PIPE, start_new_session=True
    )
    assert started.stdout is not None
    log = tmp_path / "log"
    pump = _pump(started.stdout, log.open("ab", buffering=0), None)
    reading, lifeline = os.pipe()
    job = JobProcess(started, lifeline, [pump], tmp_path / "run")
    try:
        began = time.monotonic()
        assert job.wait(30) == 0
        assert time.monotonic() - began < 30
        assert pump.is_alive()
    finally:
        os.close(reading)
        os.kill(int(log.read_text()), signal.SIGKILL)
        pump.join()


@pytest.mark.parametrize("is_woken", [True, False])
def test_an_end_is_seen_with_and_without_the_help_of_the_system(
    is_woken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_woken:

        def refuse(_: int) -> int:
            raise OSError(38, "Function not implemented")

        monkeypatch.setattr(os, "pidfd_open", refuse, raising=False)
    started = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    )
    assert started.stdin is not None
    reading, lifeline = os.pipe()
    job = JobProcess(started, lifeline, [], tmp_path / "run")
    with started.stdin:
        assert job.wait(0) is None
        assert job.wait(0.1) is None
        started.stdin.write(b"\n")
    os.close(reading)
    assert [job.wait(30), job.wait(30), job.wait()] == [0, 0, 0]


def orders_in(folder: Path, **changed: object) -> Orders:
    """Orders that no test gets far enough to follow."""
    given: dict[str, object] = {
        "run_id": "jr_1",
        "command": "pythonshell",
        "glue_version": "5.1",
        "url": "",
        "token": "",
        "script": "x.py",
        "segments": "",
        "arguments": (),
        "environ": {},
        "cwd": "/",
        "folder": str(folder / "run"),
        "modules": "",
    }
    return Orders(**(given | changed))  # type: ignore[arg-type]


def test_a_process_that_cannot_begin_is_ended(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    logs = LogFiles(tmp_path / "file" / "output", tmp_path / "file" / "error")
    waiting = WaitingProcess.of()

    with pytest.raises(OSError, match="file"):
        waiting.begin(orders_in(tmp_path), logs=logs)

    assert waiting._process.poll() is not None


@pytest.mark.parametrize(
    ("dying", "why"),
    [
        (
            "raise ImportError('libstdc++.so.6: cannot open shared object file')",
            "exited with code 1. It said last: .* / ImportError: libstdc\\+\\+.so.6: cannot open",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL.$"),
        ("import os; os._exit(3)", "exited with code 3.$"),
    ],
)
def test_a_process_that_died_before_its_orders_says_why(
    dying: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken_entry.py"
    broken.write_text(dying)
    monkeypatch.setitem(starting.ENTRIES, CommandType.GLUEETL, "broken_entry")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    logs = LogFiles(tmp_path / "output", tmp_path / "error")
    waiting = WaitingProcess.of()
    os.waitid(os.P_PID, waiting._process.pid, os.WEXITED | os.WNOWAIT)

    with pytest.raises(LaunchFailed, match=f"^The job process could not be started. The job process {why}"):
        waiting.begin(orders_in(tmp_path), logs=logs)

    if "ImportError" in why:
        assert "ImportError" in logs.error.read_text()


@pytest.mark.parametrize("command", list(CommandType))
def test_a_process_that_cannot_follow_its_orders_says_why(command: CommandType, tmp_path: Path) -> None:
    logs = LogFiles(tmp_path / "output", tmp_path / "error")
    job = WaitingProcess.of(command).begin(orders_in(tmp_path, cwd=str(tmp_path / "gone")), logs=logs)

    code = job.wait(60)
    assert code == 1
    said = describe_exit(code, end_of(logs.error))
    assert said.startswith("The job process exited with code 1. It said last: placekeeper: the job process")
    assert said.endswith(f"No such file or directory: '{tmp_path / 'gone'}'")


_CRASHING = """\
import os, signal, sys, threading
from placekeeper.host.processes import tell_of_crashes
tell_of_crashes()
threading.Thread(target=threading.Event().wait, daemon=True).start()
sys.modules.update((f"module_{number}", sys) for number in range(500))
print("said last", file=sys.stderr, flush=True)
def crash():
    os.kill(os.getpid(), signal.SIGNAL)
crash()
"""


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGBUS"])
def test_a_crash_leaves_its_stack_and_is_named_with_its_place(name: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_CRASHING.replace("SIGNAL", name))
    ended = subprocess.run([sys.executable, script], stderr=subprocess.PIPE, check=False)
    assert b"Fatal Python error" in ended.stderr
    place = f"in crash ({script}, line 8)"
    said = describe_exit(ended.returncode, ended.stderr)
    assert said == f"The job process was killed by {name} {place}. It said last: said last"


def test_a_process_that_gets_sigquit_tells_its_stacks_and_goes_on(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_CRASHING.replace("SIGNAL", "SIGQUIT") + "print('goes on', file=sys.stderr)\n")
    ended = subprocess.run([sys.executable, script], stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 0
    assert f'File "{script}", line 8 in crash' in ended.stderr
    assert ended.stderr.endswith("goes on\n")


def test_of_a_long_log_the_end_is_quoted(tmp_path: Path) -> None:
    log = tmp_path / "error"
    log.write_bytes(b"first\n" + b"x" * 100_000 + b"\xff\n\nlast but one\n  last\n\n")
    said = describe_exit(-signal.SIGSEGV, end_of(log))
    assert said.startswith("The job process was killed by SIGSEGV. It said last: xxx")
    assert said.endswith("xxx\\xff / last but one / last")
    assert len(said) < 600
    assert describe_exit(9, end_of(tmp_path / "none")) == "The job process exited with code 9."
