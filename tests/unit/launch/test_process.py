"""What a run says is passed on whatever happens to those who take it."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from placekeeper.launch import process
from placekeeper.launch.orders import Orders
from placekeeper.launch.process import JobProcess, Logs, WaitingProcess, _pump, for_jobs


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
    assert capsys.readouterr().err.count("/state/logs/x/output takes no more") == 1


def test_a_terminal_that_has_gone_does_not_stop_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    kept, echo = Kept(), io.BytesIO()
    echo.close()

    _pump(io.BytesIO(b"x" * 200_000), kept, echo).join()

    assert len(kept.held) == 200_000
    assert capsys.readouterr().err == ""


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


def test_a_process_that_cannot_begin_is_ended(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    logs = Logs(tmp_path / "file" / "output", tmp_path / "file" / "error")
    orders = Orders(
        run_id="jr_1",
        command="pythonshell",
        url="",
        token="",
        script="x.py",
        segments="",
        arguments=(),
        environ={},
        cwd="/",
        folder=str(tmp_path / "run"),
        modules="",
    )
    waiting = WaitingProcess()

    with pytest.raises(OSError, match="file"):
        waiting.begin(orders, logs=logs)

    assert waiting._process.poll() is not None
