"""The entry of a job process: `python -m placekeeper.job_process PIPE`, started by `placekeeper.launch`.

Loads what every run needs, reads its orders from the pipe, runs the script, and ends itself when its
launcher dies: the pipe closes.
"""

import sys

from placekeeper.wiring.job import preload, run_job
from placekeeper.wiring.obeying import leave, obey

if __name__ == "__main__":
    preload()
    leave(obey(int(sys.argv[1]), run_job))
