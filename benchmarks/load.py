"""A load generator: requests that are bytes already, each connection asking when it is answered."""

import asyncio
import socket
import time
from typing import NamedTuple

TROUBLE_S = 30.0
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Measured(NamedTuple):
    """What a server did: answers per second, latencies in milliseconds, and what was no 200."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failures: int
    connects: int


class _Connection:
    """One connection, made again whenever the server has closed it: then that is part of the latency."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self.connects = 0

    async def ask(self, request: bytes) -> bool:
        """Whether the answer, read to its end, was 200."""
        loop = asyncio.get_running_loop()
        if self._socket is None:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(self._socket, self._address)
            self.connects += 1
        await loop.sock_sendall(self._socket, request)
        answer = b""
        while (missing := _missing(answer)) is None or missing > 0:
            data = await loop.sock_recv(self._socket, 65536)
            if not data:
                self.close()
                return False
            answer += data
        if b"\r\nconnection: close" in answer.partition(_HEAD_END)[0].lower():
            self.close()
        return answer.startswith(b"HTTP/1.1 200")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _missing(answer: bytes) -> int | None:
    """How many bytes of an answer are to come; None while its head is not there."""
    head, found, body = answer.partition(_HEAD_END)
    if not found:
        return None
    lower = head.lower()
    length = lower[lower.index(_LENGTH) + len(_LENGTH) :].partition(b"\r\n")[0]
    return int(length) - len(body)


async def _measure(host: str, port: int, request: bytes, connections: int, seconds: float) -> Measured:
    latencies: list[float] = []
    made = [_Connection(host, port) for _ in range(connections)]
    began = time.perf_counter()

    async def work(connection: _Connection) -> int:
        failures = 0
        while (sent := time.perf_counter()) < began + seconds:
            failures += not await connection.ask(request)
            latencies.append(time.perf_counter() - sent)
        connection.close()
        return failures

    failures = await asyncio.wait_for(asyncio.gather(*map(work, made)), seconds + TROUBLE_S)
    took = time.perf_counter() - began
    ordered = sorted(latencies)
    return Measured(
        per_second=len(ordered) / took,
        p50_ms=ordered[len(ordered) // 2] * 1000,
        p99_ms=ordered[len(ordered) * 99 // 100] * 1000,
        failures=sum(failures),
        connects=sum(connection.connects for connection in made),
    )


def measure(host: str, port: int, request: bytes, *, connections: int, seconds: float) -> Measured:
    """Load a server for a while."""
    return asyncio.run(_measure(host, port, request, connections, seconds))
