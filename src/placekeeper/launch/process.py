"""Launching job processes.

A job process leads its own process group, so that a stop reaches everything it started. It holds the
reading end of a pipe whose writing end only the launcher has: through it come its orders, and when the
launcher dies, however, the pipe closes and the job process ends itself (see `placekeeper.job_process`).

It may be started before it is known what it will run: loading an engine takes longer than anything else,
and goes on meanwhile.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from placekeeper.launch.orders import Orders

STOP_GRACE_S = 5.0

SMALL_HEAPS = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Allocators read these when a process starts. They save 50 MB of an engine's memory and cost no time."""


@dataclass(frozen=True)
class Logs:
    """Where the output and the error stream of a run are kept."""

    output: Path
    error: Path


@dataclass(frozen=True)
class Echo:
    """Where else the streams of a run go, as they come."""

    output: BinaryIO
    error: BinaryIO


class WaitingProcess:
    """A job process that loads what every run needs and waits for its orders. Raises OSError."""

    def __init__(self) -> None:
        reading, self._orders = os.pipe()
        try:
            self._process = subprocess.Popen(
                # -P: no file in the working folder may pass for a module
                [sys.executable, "-P", "-m", "placekeeper.job_process", str(reading)],
                env={**SMALL_HEAPS, **os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(reading,),
                start_new_session=True,
            )
        except OSError:
            os.close(self._orders)
            raise
        finally:
            os.close(reading)

    def begin(self, orders: Orders, *, logs: Logs, echo: Echo | None = None) -> "JobProcess":
        """Give the process its orders, once. Raises OSError when it has died meanwhile."""
        assert self._process.stdout is not None  # noqa: S101 - both are pipes
        assert self._process.stderr is not None  # noqa: S101
        logs.output.parent.mkdir(parents=True, exist_ok=True)
        pumps = [
            _pump(self._process.stdout, logs.output, echo.output if echo else None),
            _pump(self._process.stderr, logs.error, echo.error if echo else None),
        ]
        with os.fdopen(os.dup(self._orders), "wb") as pipe:
            pipe.write(msgspec.json.encode(orders) + b"\n")
        return JobProcess(self._process, self._orders, pumps)

    def drop(self) -> None:
        """End a process that got no orders."""
        os.close(self._orders)
        self._process.kill()
        self._process.communicate()


class JobProcess:
    """One running job process."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", lifeline: int, pumps: Sequence[threading.Thread]
    ) -> None:
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


def _pump(source: IO[bytes], log: Path, echo: BinaryIO | None) -> threading.Thread:
    def pump() -> None:
        with source, log.open("ab", buffering=0) as kept:
            while chunk := source.read1(65_536):  # type: ignore[attr-defined]
                kept.write(chunk)
                if echo is not None:
                    echo.write(chunk)
                    echo.flush()

    thread = threading.Thread(target=pump, name=f"log {log.name}", daemon=True)
    thread.start()
    return thread


def describe_exit(code: int) -> str:
    """One sentence on how a process ended that did not say so itself."""
    if code < 0:
        return f"The job process was killed by {signal.Signals(-code).name}."
    return f"The job process exited with code {code}."
