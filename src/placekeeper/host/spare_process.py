"""A job process that starts before its run is known, because loading an engine takes longest."""

from placekeeper.launch.process import WaitingProcess
from placekeeper.launch.starting import StartedProcess
from placekeeper.rules.jobs.commands import CommandType


class SpareProcess:
    """At most one waiting process; the first run of its type gets it."""

    def __init__(self, process: WaitingProcess | None = None) -> None:
        self._process = process

    @classmethod
    def of(cls, started: StartedProcess | None) -> "SpareProcess":
        """One that was started before we were loaded, if it was."""
        return cls(None if started is None else WaitingProcess(started))

    def take(self, command: CommandType) -> WaitingProcess:
        """The process that waits, if it is of the right type, else a new one. Raises OSError."""
        waiting, self._process = self._process, None
        if waiting is None:
            return WaitingProcess.of(command)
        if waiting.command == command:
            return waiting
        waiting.drop()
        return WaitingProcess.of(command)

    def refill(self, command: CommandType) -> None:
        """Have a process wait again. Raises OSError."""
        if self._process is None:
            self._process = WaitingProcess.of(command)

    def drop(self) -> None:
        """End the process that waits, if there is one."""
        if self._process is not None:
            self._process.drop()
            self._process = None
