"""uvicorn's HTTP protocol with bounds on connections, and on what comes before a body: its size and its time.

With httptools uvicorn bounds none of them. Also, an answer is one packet.
"""

import asyncio
import resource
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
"""Request line and headers together; SDKs send about one thousand bytes."""

HEAD_SECONDS = 20.0
"""How long a head may take, from the opening of the connection or from its first byte."""

MOST_CONNECTIONS, FEWEST_CONNECTIONS = 1000, 32
OTHER_FILES = 256
"""Files that are not connections: of the database, and the pipes and logs of runs."""


def most_connections() -> int:
    """How many connections may be open at once. More would take the files that runs need."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, files - OTHER_FILES))


class _Joining:
    """A transport that sends what is written in one turn of the loop at once: uvicorn writes an answer's
    head and body separately, which costs a second system call and a second packet."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send with the next turn of the loop."""
        if not self._waiting:
            self._loop.call_soon(self._send)
        self._waiting.append(data)

    def close(self) -> None:
        """Send what waits, and close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._waiting:
            self._transport.write(b"".join(self._waiting))
            self._waiting.clear()


class BoundedProtocol(HttpToolsProtocol):
    """One connection: 503 when there are too many; 431 for a head that is too large; one that does not come
    ends the connection."""

    _head_bytes = 0
    _began_now = False
    _is_too_large = False
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(cast("asyncio.Transport", _Joining(transport, self.loop)))
        bound = most_connections()
        if len(self.connections) > bound:
            self._refuse(b"503 Service Unavailable", f"At most {bound} connections may be open at once.")
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and count what belongs to a head that is not complete yet.

        What comes together with the first byte of a head is not counted: it may be a body's end.
        """
        if self.transport.is_closing():
            return
        self._began_now = False
        super().data_received(data)
        if self._late is not None and not self._began_now and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._is_too_large = True
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """The first byte of a head is there."""
        super().on_message_begin()
        self._began_now = True
        self._wait()

    def on_headers_complete(self) -> None:
        """A head is there."""
        self._wait_no_longer()
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MAX_HEAD_BYTES:
            self._is_too_large = True
            raise httptools.HttpParserError("head")  # uvicorn answers, by the method below
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, or is too large to be read, and close."""
        if self._is_too_large:
            self._refuse(
                b"431 Request Header Fields Too Large", f"A head has at most {MAX_HEAD_BYTES} bytes."
            )
        else:
            self._refuse(b"400 Bad Request", msg or "This is no HTTP.")

    def _refuse(self, status: bytes, reason: str) -> None:
        lines = [
            b"HTTP/1.1 " + status,
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(reason),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join([*lines, b"", reason.encode("ascii")]))
        self.transport.close()

    def _wait(self) -> None:
        self._head_bytes = 0
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _wait_no_longer(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
