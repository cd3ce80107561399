"""Ctrl-C as an event. An exception may come anywhere, also where it is swallowed: in a destructor, say."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def on_interrupt() -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM set the event while the context lasts; a second one does what it did before."""
    interrupted = threading.Event()

    def interrupt(number: int, _: object) -> None:
        interrupted.set()
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
