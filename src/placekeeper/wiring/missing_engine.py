"""The job process of an environment without an engine: it takes its orders and says what to install."""

from placekeeper.launch.orders import Orders
from placekeeper.model.errors import MissingExtra, PlacekeeperError
from placekeeper.rules.jobs.arguments import from_argv
from placekeeper.rules.jobs.run_options import RunOptions
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
