"""Bodies within bounds of size, sum and time, and the request as its signature sees it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from placekeeper.model.errors import GlueError, InvalidInputException, ThrottlingException
from placekeeper.server.http.asgi import Request

BODY_SECONDS = 10.0
"""How long nothing of a body may come, and how long all of it may take beyond its size at the slowest."""

SLOWEST_BYTES_PER_SECOND = 16 * 1024
"""The slowest average rate of a client: a slow telephone line."""

FREE_BYTES = 64 * 1024
"""The bytes of each body that never count towards the sum."""


class RequestTimeoutException(GlueError):
    """A body did not arrive in time, and the connection is closed. Send the request again."""

    status = 408


def due_s(began_s: float, now_s: float, received: int) -> float:
    """When to give up a body that began to arrive at `began_s` and whose newest piece came now.

    So a body that stops is given up BODY_SECONDS later, and so is one that comes too slowly.
    """
    return min(now_s, began_s + received / SLOWEST_BYTES_PER_SECOND) + BODY_SECONDS


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it arrived. Header names are in lower case; a header that came twice is in it twice."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for found, value in self.headers if found == name]


class Room:
    """Counts the bytes of all bodies that are held at once, in one event loop."""

    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes

    @contextmanager
    def place(self) -> Iterator[Callable[[int], None]]:
        """A place for one body, given back at the end: call it with the size of each piece.

        The beginning of a body is free, so that ordinary requests never wait for large ones. Raises
        ThrottlingException when there is no room, which SDKs answer by sending again later.
        """
        held = -FREE_BYTES

        def hold(size: int) -> None:
            nonlocal held
            more = max(0, held + size) - max(0, held)
            if more > self._left:
                raise ThrottlingException(
                    "Rate exceeded: the server has too many large requests at once. Send the request again."
                )
            held += size
            self._left -= more

        try:
            yield hold
        finally:
            self._left += max(0, held)


def unbounded(_size: int) -> None:
    """A place for a body that is in no `Room`."""


def is_small(request: Request) -> bool:
    """Whether the body is said to be no larger than what is free."""
    length = request.headers.get("content-length", "")
    return length.isdecimal() and len(length) < 10 and int(length) <= FREE_BYTES


async def read_body(request: Request, max_bytes: int, hold: Callable[[int], None] = unbounded) -> bytes:
    """Read a body. Raises InvalidInputException if it is larger than `max_bytes`, RequestTimeoutException if
    it does not arrive or comes too slowly, and what `hold` does. The rest of a refused body is read and
    thrown away, so that the answer arrives."""
    chunks: list[bytes] = []
    size = 0
    clock = asyncio.get_running_loop().time
    began_s = clock()
    try:
        async with asyncio.timeout_at(due_s(began_s, began_s, 0)) as limit:
            more = True
            while more:
                chunk, more = await request.piece()
                size += len(chunk)
                if size > max_bytes:
                    raise InvalidInputException("Request size limit exceeded")
                if chunk:
                    hold(len(chunk))
                    chunks.append(chunk)
                    limit.reschedule(due_s(began_s, clock(), size))
    except TimeoutError:
        raise RequestTimeoutException(
            f"The body did not arrive in time: {size} bytes came in {clock() - began_s:.0f} s. "
            f"Send at least {SLOWEST_BYTES_PER_SECOND // 1024} KiB/s, without a pause of {BODY_SECONDS:g} s."
        ) from None
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def received(request: Request, body: bytes) -> Received:
    """A request as it was signed: path and query are those of the request line, headers are bytes as text."""
    scope = request.scope
    return Received(
        method=request.method,
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        body=body,
    )
