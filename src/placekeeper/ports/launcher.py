"""Launching job processes."""

from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct

from placekeeper.model.jobs import JobRun
from placekeeper.ports.progress import Counts


class Taker(Protocol):
    """Takes bytes of a stream; raises OSError or ValueError when it takes no more."""

    def write(self, data: bytes, /) -> int:
        """Take some."""
        ...

    def flush(self) -> None:
        """Pass on what was taken."""
        ...


class Echo(Struct, frozen=True):
    """Where else the streams of a run go, as they come; `follow` gets what says how far it has
    come, once for each of its processes."""

    output: Taker
    error: Taker
    follow: Callable[[Counts], None] = lambda _counts: None


class RunningJob(Protocol):
    """A job process that was launched."""

    def wait(self, timeout_s: float | None = None) -> int | None:
        """The exit code; None when the time is up. A negative one is the signal that killed the process."""
        ...

    def stop(self) -> int:
        """End the process and everything it started; returns the exit code."""
        ...


class Launcher(Protocol):
    """Starts job processes, and detects dead launchers."""

    @property
    def identity(self) -> str:
        """The id of this launcher, for the runs that it takes."""
        ...

    def launch(self, run: JobRun, token: str) -> RunningJob:
        """Start the process of a run. Raises LaunchFailed with the reason."""
        ...

    def lost(self, launchers: frozenset[str]) -> Mapping[str, int | None]:
        """The dead launchers among these and among all others that are known.

        Each comes with the count of its expired lease, None without a lease: one that counts on is alive.
        """
        ...

    def forget(self, lost: Mapping[str, int | None]) -> None:
        """Forget dead launchers, after everything that they left was recorded."""
        ...

    def describe_exit(self, run: JobRun, code: int) -> str:
        """How the process of a run ended with an exit code other than 0, and what it said last."""
        ...
