"""The begin and the end of our processes, which cost more than most of the work between them."""

import faulthandler
import gc
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

_ERRORS = 2  # the descriptor: a script may put anything in the place of sys.stderr


def tell_of_crashes() -> None:
    """Let a signal that kills by a fault, SIGSEGV, leave Python's stacks on the error stream.

    SIGQUIT leaves them there too, and the process goes on, as a JVM does.
    """
    faulthandler.enable(_ERRORS)
    faulthandler.register(signal.SIGQUIT, _ERRORS)


def load_in_peace() -> None:
    """Collect nothing while modules load: they stay."""
    gc.disable()


def loaded() -> None:
    """Collect again, and never look at what was loaded."""
    gc.enable()
    gc.freeze()


class _Hidden:
    """A finder that finds nothing, and lets nobody else find one module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == self._name:
            raise ModuleNotFoundError(f"this process goes without {fullname}", name=fullname)


def hide(name: str) -> None:
    """From now on no import finds the module `name`: libraries that can do without it do not load it."""
    sys.meta_path.insert(0, _Hidden(name))


def stop_writing() -> None:
    """Send all later output nowhere, because Python and we flush once more at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


def leave(exit_code: int) -> NoReturn:
    """End the process at once: taking the libraries apart would take a third of a second and save nothing.

    What a script left open, runtime/process/shutdown.py has seen to.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):  # who read it has gone
            stream.flush()
    os._exit(exit_code)
