"""The process of a Python shell job, joined: no engine, no bookmark, and nothing of them loaded."""

from placekeeper.host.clock import SystemClock
from placekeeper.launch.orders import Orders
from placekeeper.model.errors import PlacekeeperError
from placekeeper.runtime.process.preparation import make_importable, not_begun, prepare
from placekeeper.runtime.process.shell import execute_shell
from placekeeper.runtime.run.client import Client


def run_shell(orders: Orders) -> int:
    """Run the script that the orders name; the exit code."""
    client = Client(orders.url, orders.token)
    try:
        prepared = prepare(orders)
    except (KeyboardInterrupt, OSError, PlacekeeperError) as error:
        return not_begun(client, error)
    make_importable(prepared.python_path)
    return execute_shell(
        client,
        SystemClock().now_ms,
        script=prepared.script,
        source=prepared.source,
        argv=orders.arguments,
        notes=prepared.notes,
    )
