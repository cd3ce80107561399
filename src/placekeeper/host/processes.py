"""The begin and the end of our processes, which cost more than most of the work between them."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn


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


@contextmanager
def hidden(name: str) -> Iterator[None]:
    """Within, no import finds the module `name`."""
    finder = _Hidden(name)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


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
