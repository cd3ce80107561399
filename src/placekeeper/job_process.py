"""The entry of a job process: `python -m placekeeper.job_process PIPE`, started by `placekeeper.launch`.

Loads what every run needs, reads its orders from the pipe, runs the script, and ends itself when its
launcher dies: the pipe closes.
"""

import os
import signal
import sys
import threading

import msgspec

from placekeeper.launch.orders import Orders
from placekeeper.wiring.job import preload, run_job


def main(pipe: int) -> int:
    """Run the job that comes through the pipe; the exit code."""
    preload()
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
    return run_job(orders)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _end_with_launcher(pipe: int) -> None:
    os.read(pipe, 1)  # returns only when the last writer, our launcher, is gone
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    exit_code = main(int(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)  # taking pandas and gRPC apart first would take half a second and save nothing
