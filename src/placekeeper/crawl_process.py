"""The entry of a crawl's process: `python -m placekeeper.crawl_process PIPE`, started by our launcher.

It takes its orders from the pipe, and ends itself when its launcher dies: the pipe closes.
"""

import sys

from placekeeper.host.lifeline import obey
from placekeeper.host.processes import leave
from placekeeper.wiring.crawl import run_crawl

if __name__ == "__main__":
    leave(obey(int(sys.argv[1]), run_crawl))
