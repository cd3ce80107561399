"""The work that Python does after a script's last line, done while the run can still fail.

A job process leaves without taking the engine apart, so nothing of this would happen by itself; and what
fails in it has to fail the run before its output is published. As in Python, an error in a thread or in
`__del__` is told and goes no further.
"""

import atexit
import concurrent.futures.thread as pools
import gc
import io
import sys
import threading
from collections.abc import Collection
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_KEPT = (type, ModuleType, FunctionType, BuiltinFunctionType)
"""What a script's `__del__` methods and threads may still call when its variables are gone."""

_BUFFERED = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)


def wind_down(script: ModuleType, before: Collection[threading.Thread], *, wait: bool) -> None:
    """Wait for the script's threads, run what it registered for the exit, flush and close its files.

    `before` are the threads that were there before the script; without `wait` no thread is waited for. Raises
    what an exit function raised, and OSError for a file that cannot be written.
    """
    if wait:
        _join(before)
    try:
        _run_exit_functions()
    finally:
        pools._shutdown = False  # publishing has threads of its own
        _flush_files()
        _forget_variables(script)


def _join(before: Collection[threading.Thread]) -> None:
    """Wait for threads as the interpreter does, pools first: their workers wait for work without end."""
    for end_pool in reversed(getattr(threading, "_threading_atexits", ())):
        end_pool()
    main = threading.main_thread()
    while left := [t for t in threading.enumerate() if not (t.daemon or t in before or t is main)]:
        left[0].join()


def _run_exit_functions() -> None:
    """Run them all, the last registered first. Raises what the first of those that failed raised."""
    failures: list[BaseException] = []
    tell = sys.unraisablehook

    def hear(unraisable: "UnraisableHookArgs") -> None:
        of_exit = "atexit" in (unraisable.err_msg or "")
        if of_exit and unraisable.exc_value is not None and not failures:
            failures.append(unraisable.exc_value)
        else:
            tell(unraisable)

    sys.unraisablehook = hear
    try:
        atexit._run_exitfuncs()
    finally:
        sys.unraisablehook = tell
    if failures:
        raise failures[0]


def _flush_files() -> None:
    """Flush what the script left open: closing it would swallow that a disk is full. Raises OSError."""
    for file in gc.get_objects():
        if not issubclass(type(file), _BUFFERED) or file.closed:
            continue
        try:
            file.flush()
        except BrokenPipeError:  # who read it has gone
            continue
        except ValueError:  # what is below it was closed or detached
            continue
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(file.name)) from None


def _forget_variables(script: ModuleType) -> None:
    """Let go of what the script's variables hold, so that archives and compressed files are closed."""
    variables = vars(script)
    for name in [name for name, value in variables.items() if not issubclass(type(value), _KEPT)]:
        if not name.startswith("__"):
            del variables[name]
    gc.collect()
    threading.excepthook = _not_heard  # daemon threads, which miss the variables now


def _not_heard(_args: object) -> None:
    """Python too would end such a thread without a word."""
