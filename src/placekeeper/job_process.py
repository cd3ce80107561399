"""The entry of a job process: `python -m placekeeper.job_process PIPE`, started by `placekeeper.launch`.

Loads what every run needs, reads its orders from the pipe, runs the script, and ends itself when its
launcher dies: the pipe closes. Without an engine it still takes its orders, and refuses them with a reason.
"""

import sys

from placekeeper.host.processes import leave, load_in_peace, loaded, tell_of_crashes

tell_of_crashes()
load_in_peace()

from placekeeper.host.lifeline import obey  # noqa: E402
from placekeeper.wiring.missing_engine import refuse  # noqa: E402

try:
    from placekeeper.runtime.engines.registry import preload
    from placekeeper.runtime.look.surface import read_ahead
    from placekeeper.wiring.job import run_job
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.startswith("placekeeper"):
        raise
    run = refuse
else:
    preload()
    read_ahead()
    run = run_job

if __name__ == "__main__":
    loaded()
    leave(obey(int(sys.argv[1]), run))
