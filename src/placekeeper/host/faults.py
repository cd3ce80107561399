"""Fault points: PLACEKEEPER_FAULT_POINT names the step at which a process is killed, for tests.

Several names have commas between them: a job process is killed at one, and what settles for it at another.
"""

import os
import signal
from collections.abc import Callable, Mapping

from msgspec import Struct

FAULT_POINT = "PLACEKEEPER_FAULT_POINT"


class KillAt(Struct, frozen=True):
    """Kills the process when it comes to a named point. Picklable: tasks have fault points too."""

    names: frozenset[str]

    def __call__(self, name: str) -> None:
        """Come to a point."""
        if name in self.names:
            os.kill(os.getpid(), signal.SIGKILL)


def checkpoint_of(environ: Mapping[str, str]) -> Callable[[str], None]:
    """The function that a process calls at each fault point."""
    names = environ.get(FAULT_POINT)
    return KillAt(frozenset(names.split(","))) if names else _nothing


def _nothing(_name: str) -> None:
    """Come to a point and go on."""
