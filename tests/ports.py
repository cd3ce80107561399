"""Ports for the servers of tests: they stay ours while a server is stopped and started again."""

import fcntl
import itertools
import os
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

_FIRST, _COUNT = 11_000, 8_000
"""Below the range from which Linux takes ports for outgoing connections (32768 and more)."""

_held: list[int] = []
"""Open files whose locks this process has. They end with it."""


def free_ports(count: int, *, offsets: Sequence[int] = (0,)) -> list[int]:
    """Ports of loopback where nobody listens, and that no other process of tests gets while this one lives.

    Each is free together with the ports that lie `offsets` above it.
    """
    found: list[int] = []
    for place in itertools.count(os.getpid() * 101):
        if len(found) == count:
            break
        port = _FIRST + place % _COUNT
        if all(_is_free(port + offset) for offset in offsets) and _hold(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _hold(port: int) -> bool:
    folder = Path(tempfile.gettempdir(), f"placekeeper-ports-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    file = os.open(folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    _held.append(file)
    return True
