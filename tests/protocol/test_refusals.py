"""Requests that cannot be read, and faults of the server while it reads: answer and log tell which."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from placekeeper.server.app import create_app
from placekeeper.server.http import bounds
from placekeeper.server.http.serve import Server

KEPT = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
REQUEST = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def alone(control: Any, model: Any) -> Iterator[Server]:
    """A server that no other test has connections to."""
    with Server(create_app(control, model)) as running:
        yield running


@contextlib.contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        yield connection


def heard(connection: socket.socket) -> bytes:
    """All that is said until the server closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"\xa5pk secret\r\n\r\n", "Invalid method encountered"),
        (b"GET /health HTTP/1.1\r\nHost : secret\r\n\r\n", "Invalid header token"),
        (b"GET http://secret HTTP/1.1\r\n\r\n", "The request line has no valid path"),
        (b"GET http://[::secret HTTP/1.1\r\n\r\n", "The request line has no valid path"),
    ],
)
def test_what_cannot_be_read_is_logged_with_the_parsers_reason(
    alone: Server, said: bytes, reason: str
) -> None:
    with capture_logs() as logs, connected(alone) as connection:
        connection.sendall(said)
        answer = heard(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(f"This is not a valid HTTP request: {reason}.".encode())
    (line,) = logs
    assert (line["log_level"], line["event"], line["reason"]) == ("warning", "invalid request", reason)
    assert "secret" not in str(logs)


def test_a_fault_while_reading_is_the_servers(alone: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> float:
        raise RuntimeError("secret")

    monkeypatch.setattr(bounds, "due_s", fail)
    with capture_logs() as logs, connected(alone) as connection:
        connection.sendall(REQUEST)
        answer = heard(connection)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert answer.endswith(b"Internal error. The server's log has the details.")
    (line,) = logs
    assert (line["log_level"], line["event"]) == ("error", "request failed")
    assert repr(line["exc_info"]) == "RuntimeError('secret')"
    assert line["exc_info"].__traceback__ is not None


class StillLoop:
    """A loop whose clock stands, however slow the machine is."""

    def __init__(self, loop: Any) -> None:
        self._loop, self._now = loop, loop.time()

    def time(self) -> float:
        return self._now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)


def test_a_head_that_begins_at_the_end_of_a_wait_is_read(alone: Server) -> None:
    """Less than half a millisecond is left when the timer looks."""
    with connected(alone) as connection:
        connection.sendall(KEPT)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        (protocol,) = alone._uvicorn.server_state.connections
        assert isinstance(protocol, bounds.BoundedProtocol)

        def look_and_read() -> None:
            protocol.loop = StillLoop(protocol.loop)  # type: ignore[assignment]
            protocol._until = protocol.loop.time() + 0.0004
            protocol._look()
            protocol.data_received(REQUEST)

        protocol.loop.call_soon_threadsafe(look_and_read)
        assert heard(connection).startswith(b"HTTP/1.1 200 ")
