"""The entry of a Python shell job's process: `python -m placekeeper.shell_process PIPE`.

As `placekeeper.job_process`, and starts in a fraction of the time: there is no engine to load.
"""

import sys

from placekeeper.host.lifeline import obey
from placekeeper.host.processes import leave, tell_of_crashes
from placekeeper.wiring.shell import run_shell

if __name__ == "__main__":
    tell_of_crashes()
    exit_code = obey(int(sys.argv[1]), run_shell)
    if exit_code:  # an interrupted script may have threads that never end
        leave(exit_code)
