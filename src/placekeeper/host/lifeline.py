"""A job process and its launcher's pipe: orders come through it, and its end is the process's end."""

import os
import signal
import sys
import threading
from collections.abc import Callable

import msgspec

from placekeeper.launch.orders import Orders


def obey(pipe: int, run: Callable[[Orders], int]) -> int:
    """Run what the orders of the pipe say, in their environment and folder; the exit code.

    Orders that cannot be followed are answered by a line on the error stream and 1.
    """
    with os.fdopen(os.dup(pipe), "rb", buffering=0) as orders_pipe:
        line = orders_pipe.readline()
    if not line:  # the launcher had nothing for us
        return 0
    try:
        orders = msgspec.json.decode(line, type=Orders)
        threading.Thread(target=_end_with_launcher, args=(pipe,), daemon=True).start()
        os.chdir(orders.cwd)  # hangs where a mount does
    except msgspec.DecodeError as error:
        return _cannot(f"are cut off or of another version of placekeeper ({error}): run the job again")
    except OSError as error:
        return _cannot(f"name a folder to work in that cannot be entered: {error}")
    signal.signal(signal.SIGTERM, _interrupt)
    os.environ.clear()
    os.environ.update(orders.environ)
    return run(orders)


def _cannot(why: str) -> int:
    print(f"placekeeper: the job process got orders that {why}", file=sys.stderr)  # noqa: T201 - its log
    return 1


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _end_with_launcher(pipe: int) -> None:
    os.read(pipe, 1)  # returns only when the last writer, our launcher, is gone
    os.killpg(os.getpgrp(), signal.SIGKILL)
