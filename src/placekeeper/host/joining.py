"""The server of a run that is started here and now: one process owns the state, runs join that one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import urllib3

from placekeeper.host.listening import Address, address_of, is_owned, listening, lock_of, owner_named
from placekeeper.host.state import State
from placekeeper.model.errors import StateError
from placekeeper.server.protocol.model import ServiceModel
from placekeeper.settings import DEFAULT_HOST

_JOIN_TRIES = 20
_JOIN_PAUSE_S = 0.25
_JOIN_TIMEOUT_S = 2.0


@contextmanager
def serving_or_joined(state: State) -> Iterator[str]:
    """The URL of the server that owns the state, or of one of our own on a free loopback port.

    Our own does not own the state: it ends with our run, and nobody else's run may end with it.
    """
    if is_owned(state):
        yield _owner(state)
    else:
        with listening(state, ServiceModel.of_botocore(), DEFAULT_HOST, 0) as url:
            yield url


def _owner(state: State) -> str:
    http = urllib3.PoolManager(retries=False)
    for _ in range(_JOIN_TRIES):
        try:
            address = msgspec.json.decode(address_of(state).read_bytes(), type=Address)
            answer = http.request("GET", f"{address.url}/health", timeout=_JOIN_TIMEOUT_S)
        except (OSError, msgspec.DecodeError, urllib3.exceptions.HTTPError):
            time.sleep(_JOIN_PAUSE_S)  # the owner is starting or ending
            continue
        if answer.status == 200:
            return address.url
    raise StateError(
        f"{owner_named(state)} owns the state in {state.folder} and does not answer. Wait for it or end it; "
        f"who holds it: fuser {lock_of(state)}"
    )
