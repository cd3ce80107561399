"""Launching job processes."""

from typing import Protocol

from placekeeper.model.jobs import JobRun


class RunningJob(Protocol):
    """A job process that was launched."""

    def wait(self, timeout_s: float | None = None) -> int | None:
        """The exit code, None when the time is up. Negative: the signal that killed it."""
        ...

    def stop(self) -> int:
        """End the process and everything it started; the exit code."""
        ...


class Launcher(Protocol):
    """Starts job processes and tells whether those of others still have their launcher."""

    @property
    def identity(self) -> str:
        """Who we are, in a form that `is_alive` understands, also in another process later."""
        ...

    def launch(self, run: JobRun, token: str) -> RunningJob:
        """Start the process of a run. Raises LaunchFailed with the reason."""
        ...

    def is_alive(self, identity: str) -> bool:
        """Whether the launcher of that identity still lives."""
        ...

    def describe_exit(self, code: int) -> str:
        """One sentence on an exit code other than 0."""
        ...
