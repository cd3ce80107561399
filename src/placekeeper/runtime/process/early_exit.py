"""A script that ends its own process by os._exit: its run is reported before the process has gone."""

import operator
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NoReturn, SupportsIndex

LEFT_EARLY: Final = "the script ended its process by os._exit(0), so its exit handlers did not run"
LEFT_TOO_EARLY: Final = (
    "The job process ended itself by os._exit(0) before its output could be published, so nothing was "
    "published. Call job.commit() before it, or let the script end by itself or by sys.exit(0)."
)


def early_exit_reason(code: int) -> str:
    """The reason of a run that failed because its script called os._exit with a code other than 0."""
    return f"The job process exited with code {code}. The script ended it by os._exit."


@contextmanager
def on_early_exit(tell: Callable[[int], int]) -> Iterator[None]:
    """Within, os._exit calls `tell` with its exit code first, and the process leaves with what that returns.

    Processes that the script forks leave by os._exit too, and have nothing to tell.
    """
    process, leave = os.getpid(), os._exit

    def tell_and_leave(status: SupportsIndex) -> NoReturn:
        code = operator.index(status) & 0xFF  # what the system makes of it
        if os.getpid() == process:
            try:
                code = tell(code)
            finally:
                leave(code)
        leave(code)

    os._exit = tell_and_leave
    try:
        yield
    finally:
        os._exit = leave
