"""A server of a state, and who owns the state: where that process listens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from placekeeper.host.locks import is_held
from placekeeper.host.run_logs import FolderLogs
from placekeeper.host.state import State
from placekeeper.server.access.callers import Callers
from placekeeper.server.app import create_app
from placekeeper.server.http.serve import Server
from placekeeper.server.protocol.model import ServiceModel

if TYPE_CHECKING:
    from placekeeper.server.http.metrics import Metrics


class Address(msgspec.Struct, frozen=True):
    """server.json: where the owner of a state listens."""

    url: str
    pid: int


@contextmanager
def listening(
    state: State,
    model: ServiceModel,
    host: str,
    port: int,
    callers: Callers | None = None,
    *,
    metrics: "Metrics | None" = None,
    log_requests: bool = False,
) -> Iterator[str]:
    """Serve the state while the context lasts, whoever owns it: the URL."""
    app = create_app(
        state.control,
        model,
        callers=callers,
        metrics=metrics,
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


def lock_of(state: State) -> Path:
    """The file that the owner of the state holds locked."""
    return state.folder.server_lock(is_shared=state.is_shared)


def address_of(state: State) -> Path:
    """The file in which the owner of the state writes its address."""
    return state.folder.server_address(is_shared=state.is_shared)


def is_owned(state: State) -> bool:
    """True if a process on this machine serves the state."""
    return is_held(lock_of(state)) is True


def owner_named(state: State) -> str:
    """The owner of the state in words, with its address if it has written one."""
    try:
        address = msgspec.json.decode(address_of(state).read_bytes(), type=Address)
    except (OSError, msgspec.DecodeError):
        return "another process"
    return f"another process ({address.pid}, at {address.url})"
