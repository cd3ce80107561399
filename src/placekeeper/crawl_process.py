"""The entry of a crawl's process: `python -m placekeeper.crawl_process PIPE`, started by our launcher.

It takes its orders from the pipe, and ends itself when its launcher dies: the pipe closes. Without an engine
there are no readers of files: then it refuses its orders with a reason.
"""

import sys

from placekeeper.host.lifeline import obey
from placekeeper.host.processes import leave, tell_of_crashes
from placekeeper.wiring.missing_engine import refuse_crawl

try:
    from placekeeper.wiring.crawl import run_crawl
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.startswith("placekeeper"):
        raise
    run = refuse_crawl
else:
    run = run_crawl

if __name__ == "__main__":
    tell_of_crashes()
    leave(obey(int(sys.argv[1]), run))
