"""A job process and its launcher's pipe: orders come through it, and its end is the process's end."""

import os
import signal
import threading
from collections.abc import Callable

import msgspec

from placekeeper.launch.orders import Orders


def obey(pipe: int, run: Callable[[Orders], int]) -> int:
    """Run what the orders of the pipe say, in their environment and folder; the exit code."""
    with os.fdopen(os.dup(pipe), "rb", buffering=0) as orders_pipe:
        line = orders_pipe.readline()
    if not line:  # the launcher had nothing for us
        return 0
    orders = msgspec.json.decode(line, type=Orders)
    threading.Thread(target=_end_with_launcher, args=(pipe,), daemon=True).start()
    signal.signal(signal.SIGTERM, _interrupt)
    os.environ.clear()
    os.environ.update(orders.environ)
    os.chdir(orders.cwd)
    return run(orders)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _end_with_launcher(pipe: int) -> None:
    os.read(pipe, 1)  # returns only when the last writer, our launcher, is gone
    os.killpg(os.getpgrp(), signal.SIGKILL)
