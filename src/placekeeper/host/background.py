"""Work of background threads, which must go on whatever happens to one piece of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from placekeeper.events import EventLog
from placekeeper.model.errors import DatabaseAway, StateError

Result = TypeVar("Result")
_LOG = EventLog(__name__)


def steadily(name: str, work: Callable[[], Result], **about: str) -> Result | None:
    """Return the result of `work`. If it raises, log the error and return None, so that the thread goes on.

    What we raise on purpose says itself what is wrong, so it has no traceback. That the database is away is
    told once for all (host/outage.py), and here only of what is lost by it: work `about` something.
    """
    try:
        return work()
    except DatabaseAway as error:
        (_LOG.warning if about else _LOG.info)(name, why=str(error), **about)
        return None
    except StateError as error:
        _LOG.warning(name, why=str(error), **about)
        return None
    except Exception:  # noqa: BLE001 - one run's trouble, or a database away for a moment, must not end the rest
        _LOG.exception(name, **about)
        return None


def every(seconds: float, name: str, work: Callable[[], object], stop: threading.Event) -> threading.Thread:
    """A thread, not started yet, that works every so many seconds until `stop` is set."""

    def repeat() -> None:
        while not stop.wait(seconds):
            steadily(name, work)

    return threading.Thread(target=repeat, name=name, daemon=True)


@contextmanager
def repeating(seconds: float, name: str, work: Callable[[], object]) -> Iterator[None]:
    """Work every so many seconds in a thread of its own, while the context lasts."""
    stop = threading.Event()
    thread = every(seconds, name, work, stop)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
