"""Launching job processes.

A job process leads its own process group, so that a stop reaches everything it started. It holds the
reading end of a pipe whose writing end only the launcher has: when the launcher dies, however, the pipe
closes and the job process ends itself (see `placekeeper.job_process`).
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

LIFELINE = "PLACEKEEPER_LIFELINE"
"""Environment variable with the file descriptor whose closing ends the job process."""

STOP_GRACE_S = 5.0


@dataclass(frozen=True)
class Logs:
    """Where the output and the error stream of a run are kept."""

    output: Path
    error: Path


class JobProcess:
    """One running job process."""

    def __init__(self, process: "subprocess.Popen[bytes]", lifeline: int, pumps: Sequence[threading.Thread]):
        self._process = process
        self._lifeline = lifeline
        self._pumps = pumps

    @property
    def pid(self) -> int:
        """The process id, which is the group id too."""
        return self._process.pid

    def wait(self, timeout_s: float | None = None) -> int | None:
        """The exit code (negative: the signal that killed it), None when the time is up.

        Whatever the process started and left behind in its group ends with it.
        """
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        self._signal_group(signal.SIGKILL)
        for pump in self._pumps:
            pump.join()
        self._cut_lifeline()
        return code

    def stop(self) -> int:
        """End the whole group: SIGTERM, a grace period, SIGKILL. Returns the exit code."""
        self._signal_group(signal.SIGTERM)
        code = self.wait(STOP_GRACE_S)
        if code is None:
            self._signal_group(signal.SIGKILL)
            code = self.wait()
        assert code is not None  # noqa: S101 - no timeout was given
        return code

    def _signal_group(self, number: int) -> None:
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):  # the group is gone (macOS answers EPERM for zombies)
            return

    def _cut_lifeline(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


def launch(
    arguments: Sequence[str],
    *,
    environ: Mapping[str, str],
    cwd: Path,
    logs: Logs,
    echo: bool = False,
    output_to_error: bool = False,
) -> JobProcess:
    """Start `placekeeper.job_process` with a script's arguments. Raises OSError when that cannot be.

    With `echo`, what the process prints also goes to our own output and error streams, as it comes; with
    `output_to_error` both go to our error stream.
    """
    logs.output.parent.mkdir(parents=True, exist_ok=True)
    reading, writing = os.pipe()
    os.set_inheritable(reading, True)
    try:
        with logs.output.open("ab") as output, logs.error.open("ab") as error:
            process = subprocess.Popen(
                # -P: no file in the working folder may pass for a module
                [sys.executable, "-P", "-m", "placekeeper.job_process", *arguments],
                env={**environ, LIFELINE: str(reading), "PYTHONUNBUFFERED": "1"},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if echo else output,
                stderr=subprocess.PIPE if echo else error,
                pass_fds=(reading,),
                start_new_session=True,
            )
    except OSError:
        os.close(writing)
        raise
    finally:
        os.close(reading)
    pumps = []
    if process.stdout is not None and process.stderr is not None:
        pumps = [
            _pump(process.stdout, logs.output, (sys.stderr if output_to_error else sys.stdout).buffer),
            _pump(process.stderr, logs.error, sys.stderr.buffer),
        ]
    return JobProcess(process, writing, pumps)


def _pump(source: IO[bytes], log: Path, terminal: BinaryIO) -> threading.Thread:
    def pump() -> None:
        with source, log.open("ab", buffering=0) as kept:
            while chunk := source.read1(65_536):  # type: ignore[attr-defined]
                kept.write(chunk)
                terminal.write(chunk)
                terminal.flush()

    thread = threading.Thread(target=pump, name=f"log {log.name}", daemon=True)
    thread.start()
    return thread


def describe_exit(code: int) -> str:
    """One sentence on how a process ended that did not say so itself."""
    if code < 0:
        return f"The job process was killed by {signal.Signals(-code).name}."
    return f"The job process exited with code {code}."
