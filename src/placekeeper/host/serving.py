"""The owner of a state: it serves the state to everybody on this machine, and beyond."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from placekeeper.host.clock import SystemClock
from placekeeper.host.listening import Address, address_of, listening, lock_of, owner_named
from placekeeper.host.metrics import metrics_of
from placekeeper.host.state import State
from placekeeper.model.access import Access
from placekeeper.model.errors import StateError
from placekeeper.server.access.callers import Callers
from placekeeper.server.protocol.model import ServiceModel
from placekeeper.settings import DEFAULT_HOST


@contextmanager
def serving(
    state: State,
    *,
    host: str = DEFAULT_HOST,
    port: int = 0,
    access: Access | None = None,
    log_requests: bool = False,
) -> Iterator[str]:
    """Own the state and serve it while the context lasts: the URL. StateError when another process owns it.

    A shared state may have any number of servers; the first on each machine is the one that runs join.
    """
    model = ServiceModel.of_botocore().loaded()
    metrics = metrics_of(state.control)
    callers = Callers(access.keys, SystemClock(), access.scripts) if access else None
    with lock_of(state).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given back by the kernel however we end
        except BlockingIOError:
            if not state.is_shared:
                raise StateError(
                    f"{owner_named(state)} serves the state in {state.folder}: end it, or choose another "
                    "--state"
                ) from None
            with listening(
                state, model, host, port, callers, metrics=metrics, log_requests=log_requests
            ) as url:
                yield url
            return
        with listening(state, model, host, port, callers, metrics=metrics, log_requests=log_requests) as url:
            try:
                _write(address_of(state), Address(url, os.getpid()))
                yield url
            finally:
                address_of(state).unlink(missing_ok=True)


def _write(path: Path, address: Address) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(msgspec.json.encode(address))
    partial.rename(path)
