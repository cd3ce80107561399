"""A command that has to end. One that does not is ended, and all its processes say where they are."""

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

SECONDS_TO_TELL = 3
_AT_WORK = r"org\.apache\.spark\..*\n.*org\.apache\.spark\.|py4j\..*Command"


def ended(arguments: Sequence[object], *, seconds: float) -> "subprocess.CompletedProcess[str]":
    """Run a command. After so many seconds it fails, with the stacks of its Pythons and its JVM."""
    command = [str(argument) for argument in arguments]
    started = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONFAULTHANDLER": "1"},
    )
    try:
        output, error = started.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        first = psutil.Process(started.pid)
        family = [first, *first.children(recursive=True)]
        lines = [_line(one) for one in family]
        for telling in (_tell_and_go_on, _tell_and_end, _end):
            telling(family)
            with suppress(subprocess.TimeoutExpired):
                started.communicate(timeout=SECONDS_TO_TELL)
        output, error = started.communicate()
        said = "\n".join([*lines, "its output:", _without_idle_threads(output), "its error stream:", error])
        raise AssertionError(f"{' '.join(command)} has not ended after {seconds} seconds:\n{said}") from None
    return subprocess.CompletedProcess(command, started.returncode, output, error)


def _without_idle_threads(output: str) -> str:
    """A JVM has dozens of threads of its own: left are those that do something for Spark or for Python."""
    parts = output.split("\n\n")
    return "\n\n".join(part for part in parts if "\tat " not in part or re.search(_AT_WORK, part))


def _tell_and_go_on(family: Sequence[psutil.Process]) -> None:
    """Job processes and JVMs tell their stacks at SIGQUIT."""
    for one in family:
        if _catches(one, signal.SIGQUIT):
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGQUIT)


def _tell_and_end(family: Sequence[psutil.Process]) -> None:
    """Other Pythons tell them at SIGABRT and end. The command is the last: it passes on what they say."""
    for one in [*family[1:], family[0]]:
        if _catches(one, signal.SIGABRT) and not _catches(one, signal.SIGQUIT):
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGABRT)
            psutil.wait_procs([one], timeout=1)


def _end(family: Sequence[psutil.Process]) -> None:
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.kill()


def _line(one: psutil.Process) -> str:
    with one.oneshot(), suppress(psutil.NoSuchProcess):
        said = " ".join(one.cmdline())[-200:]
        return f"{one.pid} of {one.ppid()}, {one.status()}, {one.num_threads()} threads: {said}"
    return f"{one.pid} has gone"


def _catches(one: psutil.Process, number: int) -> bool:
    """Whether a process has a handler for a signal, as Linux tells."""
    with suppress(OSError):
        for line in Path(f"/proc/{one.pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False
