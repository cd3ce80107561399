"""The processes of an environment without an engine: they take their orders and say what to install."""

import sys

from placekeeper.launch.orders import Orders
from placekeeper.model.crawling import CrawlEnd
from placekeeper.model.errors import MissingExtra, PlacekeeperError
from placekeeper.rules.jobs.arguments import from_argv
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.runtime.process.installing import line_of
from placekeeper.runtime.process.preparation import not_begun
from placekeeper.runtime.run.client import Client


def refuse(orders: Orders) -> int:
    """Refuse the run with the extra that it needs; the exit code."""
    client = Client(orders.url, orders.token)
    try:
        options = RunOptions.of(from_argv(orders.arguments))
    except PlacekeeperError as error:
        return not_begun(client, error)
    extra = "spark" if options.engine == "spark" or options.master else "sail"
    needed_for = "running a job" if options.engine == "auto" else f"--engine {options.engine}"
    return not_begun(client, MissingExtra(needed_for, extra))


def refuse_crawl(orders: Orders) -> int:
    """Refuse a crawl, whose readers of files come with an engine; the exit code."""
    why = line_of(MissingExtra("a crawl", "sail"))
    sys.stderr.write(f"placekeeper: {why}\n")
    try:
        Client(orders.url, orders.token).crawl_end(CrawlEnd(error_message=why))
    except PlacekeeperError as unheard:
        sys.stderr.write(f"placekeeper: {unheard}\n")
    return 1
