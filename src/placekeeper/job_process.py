"""The entry of a job process: `python -m placekeeper.job_process ARGUMENTS`, started by `placekeeper.launch`.

Ends itself when its launcher has died: the lifeline pipe closes.
"""

import os
import signal
import sys
import threading

from placekeeper.launch.process import LIFELINE
from placekeeper.wiring.job import run_job


def main() -> int:
    """Run the job that the environment describes; the exit code."""
    lifeline = os.environ.pop(LIFELINE, None)
    if lifeline is not None:
        threading.Thread(target=_end_with_launcher, args=(int(lifeline),), daemon=True).start()
    signal.signal(signal.SIGTERM, _interrupt)
    return run_job(os.environ, sys.argv[1:])


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _end_with_launcher(descriptor: int) -> None:
    os.read(descriptor, 1)  # returns only when the last writer, our launcher, is gone
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
