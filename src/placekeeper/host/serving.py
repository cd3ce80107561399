"""The server of a state: one process owns the state, others join that one."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import urllib3

from placekeeper.host.clock import SystemClock
from placekeeper.host.locks import is_held
from placekeeper.host.metrics import metrics_of
from placekeeper.host.run_logs import FolderLogs
from placekeeper.host.state import State
from placekeeper.model.access import Access
from placekeeper.model.errors import StateError
from placekeeper.server.access.callers import Callers
from placekeeper.server.app import create_app
from placekeeper.server.http.serve import Server
from placekeeper.server.protocol.model import ServiceModel
from placekeeper.settings import DEFAULT_HOST

_JOIN_TRIES = 20
_JOIN_PAUSE_S = 0.25
_JOIN_TIMEOUT_S = 2.0


class Address(msgspec.Struct, frozen=True):
    """server.json: where the owner of a state listens."""

    url: str
    pid: int


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
    callers = Callers(access.keys, SystemClock(), access.scripts) if access else None
    with _lock(state).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given back by the kernel however we end
        except BlockingIOError:
            if not state.is_shared:
                raise StateError(
                    f"{_owner_named(state)} serves the state in {state.folder}: end it, or choose another "
                    "--state"
                ) from None
            with _listening(state, model, host, port, callers, log_requests=log_requests) as url:
                yield url
            return
        with _listening(state, model, host, port, callers, log_requests=log_requests) as url:
            try:
                _write(_address(state), Address(url, os.getpid()))
                yield url
            finally:
                _address(state).unlink(missing_ok=True)


@contextmanager
def serving_or_joined(state: State) -> Iterator[str]:
    """The URL of the server that owns the state, or of one of our own on a free loopback port.

    Our own does not own the state: it ends with our run, and nobody else's run may end with it.
    """
    if is_owned(state):
        yield _owner(state)
    else:
        with _listening(state, ServiceModel.of_botocore(), DEFAULT_HOST, 0) as url:
            yield url


@contextmanager
def _listening(
    state: State,
    model: ServiceModel,
    host: str,
    port: int,
    callers: Callers | None = None,
    *,
    log_requests: bool = False,
) -> Iterator[str]:
    app = create_app(
        state.control,
        model,
        callers=callers,
        metrics=metrics_of(state.control),
        log_requests=log_requests,
        reads_are_quick=state.store.is_on_this_machine,
        logs=FolderLogs(state.folder),
    )
    server = Server(app, host=host, port=port, checks_signatures=callers is not None)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def _lock(state: State) -> Path:
    return state.folder.server_lock(is_shared=state.is_shared)


def _address(state: State) -> Path:
    return state.folder.server_address(is_shared=state.is_shared)


def is_owned(state: State) -> bool:
    """True if a process on this machine serves the state."""
    return is_held(_lock(state)) is True


def _owner(state: State) -> str:
    http = urllib3.PoolManager(retries=False)
    for _ in range(_JOIN_TRIES):
        try:
            address = msgspec.json.decode(_address(state).read_bytes(), type=Address)
            answer = http.request("GET", f"{address.url}/health", timeout=_JOIN_TIMEOUT_S)
        except (OSError, msgspec.DecodeError, urllib3.exceptions.HTTPError):
            time.sleep(_JOIN_PAUSE_S)  # the owner is starting or ending
            continue
        if answer.status == 200:
            return address.url
    raise StateError(
        f"{_owner_named(state)} owns the state in {state.folder} and does not answer. Wait for it or end it; "
        f"who holds it: fuser {_lock(state)}"
    )


def _owner_named(state: State) -> str:
    """The owner of the state in words, with its address if it has written one."""
    try:
        address = msgspec.json.decode(_address(state).read_bytes(), type=Address)
    except (OSError, msgspec.DecodeError):
        return "another process"
    return f"another process ({address.pid}, at {address.url})"


def _write(path: Path, address: Address) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(msgspec.json.encode(address))
    partial.rename(path)
