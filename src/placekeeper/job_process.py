"""The entry of a job process: `python -m placekeeper.job_process PIPE`, started by `placekeeper.launch`.

Loads what every run needs, reads its orders from the pipe, runs the script, and ends itself when its
launcher dies: the pipe closes.
"""

import sys

from placekeeper.host.processes import leave, load_in_peace, loaded

load_in_peace()

from placekeeper.host.lifeline import obey  # noqa: E402
from placekeeper.runtime.engines.registry import preload  # noqa: E402
from placekeeper.wiring.job import run_job  # noqa: E402

if __name__ == "__main__":
    preload()
    loaded()
    leave(obey(int(sys.argv[1]), run_job))
