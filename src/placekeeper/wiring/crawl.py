"""The process of a crawl, joined: objects, formats, and the server that changes the catalog."""

import os
import sys

from placekeeper.databases.databases import SqlDatabases
from placekeeper.host.faults import checkpoint_of
from placekeeper.launch.orders import Orders
from placekeeper.model.crawling import CrawlEnd
from placekeeper.model.errors import PlacekeeperError, StateError
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.crawling.crawl import Crawling
from placekeeper.runtime.run.client import Client


def run_crawl(orders: Orders) -> int:
    """Crawl what the orders' server says; the exit code."""
    client = Client(orders.url, orders.token)
    try:
        task = client.crawl_task()
        _say(f"crawler {task.crawler}: crawl {orders.run_id} begins in process {os.getpid()}")
        Crawling(
            task,
            ObjectStores.of(os.environ),
            client,
            _say,
            checkpoint_of(os.environ),
            databases=SqlDatabases(),
        ).run()
    except KeyboardInterrupt:
        _say("stopped")
        return 1
    except StateError as error:  # the server does not answer: its launcher says how we ended
        return _failed(str(error))
    except (PlacekeeperError, OSError) as error:
        client.crawl_end(CrawlEnd(error_message=str(error)))
        return _failed(str(error))
    _say("done")
    return 0


def _failed(why: str) -> int:
    sys.stderr.write(f"placekeeper: the crawl failed: {why}\n")
    _say(f"failed: {why}")
    return 1


def _say(line: str) -> None:
    # Names of files may have bytes that are no text.
    sys.stdout.buffer.write(f"{line}\n".encode(errors="backslashreplace"))
    sys.stdout.flush()
