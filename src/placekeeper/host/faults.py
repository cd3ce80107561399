"""Fault points: PLACEKEEPER_FAULT_POINT names the step at which a process is killed, for tests."""

import os
import signal
from collections.abc import Callable, Mapping

from msgspec import Struct

FAULT_POINT = "PLACEKEEPER_FAULT_POINT"


class KillAt(Struct, frozen=True):
    """Kills the process when it comes to the named point. Picklable: tasks have fault points too."""

    name: str

    def __call__(self, name: str) -> None:
        """Come to a point."""
        if name == self.name:
            os.kill(os.getpid(), signal.SIGKILL)


def checkpoint_of(environ: Mapping[str, str]) -> Callable[[str], None]:
    """The function that a process calls at each fault point."""
    name = environ.get(FAULT_POINT)
    return KillAt(name) if name else _nothing


def _nothing(_name: str) -> None:
    """Come to a point and go on."""
