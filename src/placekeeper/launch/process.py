"""Job processes and their launch.

A job process leads its own process group, so that a stop reaches everything it started. It holds the
reading end of a pipe whose writing end only the launcher has: through it come its orders, and when the
launcher dies, however, the pipe closes and the job process ends itself (see `placekeeper.job_process`).

It may be started before it is known what it will run: loading an engine takes longer than anything else,
and goes on meanwhile.
"""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from placekeeper.launch.orders import Orders
from placekeeper.launch.progress_file import ProgressReader, progress_path
from placekeeper.launch.starting import StartedProcess
from placekeeper.model.errors import LaunchFailed
from placekeeper.ports.launcher import Echo, Taker
from placekeeper.rules.jobs.commands import CommandType

STOP_GRACE_S = 5.0

LAST_WORDS_S = 2.0
"""How long the rest of what an ended process said is waited for: what it left behind may hold its streams."""

_LAST_LINES = 3
_LAST_CHARACTERS = 500
_LAST_BYTES = 1 << 18
"""How much of a dead process's error stream is quoted: lines, characters, and bytes to find them in."""

_STACKS = re.compile(r"^Fatal Python error: .*", re.MULTILINE | re.DOTALL)
_CRASHED_IN = re.compile(r'^Current thread .*\n +File "(.+)", line (\d+) in (.+)$', re.MULTILINE)
"""What a crash leaves after what was said last: the stacks, and the place of the thread that crashed."""


class LogFiles(Struct, frozen=True):
    """The files for the output and the error stream of a run."""

    output: Path
    error: Path


class WaitingProcess:
    """A job process that loads what every run of its type needs and waits for its orders."""

    def __init__(self, started: StartedProcess) -> None:
        self.command = started.command
        self._process = started.process
        self._orders = started.orders

    @classmethod
    def of(cls, command: str = CommandType.GLUEETL) -> "WaitingProcess":
        """One that starts now. Raises OSError."""
        return cls(StartedProcess(command))

    def begin(self, orders: Orders, *, logs: LogFiles, echo: Echo | None = None) -> "JobProcess":
        """Give the process its orders, once.

        Raises LaunchFailed with its last words when it has died meanwhile, OSError when its logs cannot be
        written, UnicodeError for orders that are no text. It is ended then.
        """
        assert self._process.stdout is not None  # noqa: S101 - both are pipes
        assert self._process.stderr is not None  # noqa: S101
        with ExitStack() as unless_begun:
            unless_begun.callback(self.drop)
            line = msgspec.json.encode(orders) + b"\n"
            logs.output.parent.mkdir(parents=True, exist_ok=True)
            kept = [
                unless_begun.enter_context(log.open("ab", buffering=0)) for log in (logs.output, logs.error)
            ]
            try:
                _write_all(self._orders, line)
            except BrokenPipeError as error:
                raise LaunchFailed(self._why_it_died(kept[1])) from error
            unless_begun.pop_all()
        pumps = [
            _pump(self._process.stdout, kept[0], echo.output if echo else None),
            _pump(self._process.stderr, kept[1], echo.error if echo else None),
        ]
        if echo is not None:
            echo.follow(ProgressReader(progress_path(Path(orders.folder))))
        return JobProcess(self._process, self._orders, pumps, Path(orders.folder))

    def drop(self) -> None:
        """End a process that got no orders."""
        os.close(self._orders)
        self._process.kill()
        self._process.communicate()

    def _why_it_died(self, log: IO[bytes]) -> str:
        """A sentence about the end of a process that died before its orders; its last lines go to its log."""
        try:
            _, said = self._process.communicate(timeout=LAST_WORDS_S)
        except subprocess.TimeoutExpired as error:
            said = error.stderr or b""
        _takes(log, said)
        code = self._process.poll()
        how = "The job process did not take its orders." if code is None else describe_exit(code, said)
        return f"The job process could not be started. {how}"


class JobProcess:
    """One running job process; `folder` is the run's own and is removed when the process has ended."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        lifeline: int,
        pumps: Sequence[threading.Thread],
        folder: Path,
    ) -> None:
        self._folder = folder
        self._process = process
        self._lifeline = lifeline
        self._pumps = pumps

    def wait(self, timeout_s: float | None = None) -> int | None:
        """The exit code (negative: the signal that killed it), None when the time is up.

        Whatever the process started and left behind in its group ends with it.
        """
        if timeout_s is not None and self._process.returncode is None:
            timeout_s = 0 if _sleep_until_end(self._process.pid, timeout_s) else timeout_s
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        self._signal_group(signal.SIGKILL)
        for pump in self._pumps:
            pump.join(LAST_WORDS_S)
        self._cut_lifeline()
        shutil.rmtree(
            self._folder, ignore_errors=True
        )  # what cannot be removed now, a later launch tries again
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


def _sleep_until_end(child: int, timeout_s: float) -> bool:
    """Sleep until a child ends, or the time is up; False, at once, where the system cannot wake us.

    Popen.wait looks 80 times a second, and sees the end up to 50 ms late.
    """
    if sys.platform != "linux":
        return False
    try:
        descriptor = os.pidfd_open(child)
    except OSError:  # a kernel or a sandbox without it
        return False
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll(timeout_s * 1000)
    finally:
        os.close(descriptor)
    return True


def _pump(source: IO[bytes], kept: IO[bytes], echo: Taker | None) -> threading.Thread:
    """Copy a stream to its log and its echo, to its end.

    A full disk or a terminal that has gone does not stop the run: whatever takes no more is left out, and for
    the log it is said.
    """

    def pump() -> None:
        takers: list[Taker] = [kept] if echo is None else [kept, echo]
        with source, kept:
            while chunk := source.read1(65_536):  # type: ignore[attr-defined]
                taking = [taker for taker in takers if _takes(taker, chunk)]
                if kept in takers and kept not in taking:
                    _say_log_is_broken(kept)
                takers = taking

    thread = threading.Thread(target=pump, name="log", daemon=True)
    thread.start()
    return thread


def _takes(taker: Taker, chunk: bytes) -> bool:
    try:
        taker.write(chunk)
        taker.flush()
    except (OSError, ValueError):  # ValueError: it was closed
        return False
    return True


def _say_log_is_broken(log: IO[bytes]) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(
            f"placekeeper: {log.name} cannot be written any more (is the disk full?): "
            "the rest of the run's output is not kept\n"
        )


def describe_exit(code: int, said: bytes = b"") -> str:
    """A sentence about the end of a process that did not report it, with its last error lines."""
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"
    text = said.decode("utf-8", "backslashreplace")
    if crash := _STACKS.search(text):
        text = text[: crash.start()]
        if place := _CRASHED_IN.search(crash[0]):
            how += f" in {place[3]} ({place[1]}, line {place[2]})"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = " / ".join(lines[-_LAST_LINES:])[-_LAST_CHARACTERS:]
    return f"The job process {how}." + (f" It said last: {last}" if last else "")


def end_of(log: Path) -> bytes:
    """The last part of a log, enough for `describe_exit`; nothing when it cannot be read."""
    with suppress(OSError), log.open("rb") as kept:
        kept.seek(max(0, kept.seek(0, os.SEEK_END) - _LAST_BYTES))
        return kept.read()
    return b""


def _write_all(descriptor: int, data: bytes) -> None:
    with os.fdopen(os.dup(descriptor), "wb") as pipe:
        pipe.write(data)
