"""Reading what came: bodies within bounds of size and time, and the request as its signature sees it."""

import asyncio

from starlette.requests import Request

from placekeeper.model.errors import InvalidInputException
from placekeeper.server.signatures import Received


class BodyTooSlow(InvalidInputException):
    """The body did not arrive in time; the connection is of no use any more."""

    @property
    def code(self) -> str:
        """Clients know the class above."""
        return InvalidInputException.__name__


async def read_body(request: Request, max_bytes: int, seconds: float) -> bytes:
    """The body. Raises InvalidInputException when it is larger (read to its end, so that the answer
    arrives) and BodyTooSlow when it is not there in time."""
    try:
        async with asyncio.timeout(seconds):
            chunks, size = await _chunks(request, max_bytes)
    except TimeoutError:
        raise BodyTooSlow(f"The body did not arrive within {seconds:g} s.") from None
    if size > max_bytes:
        raise InvalidInputException("Request size limit exceeded")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _chunks(request: Request, max_bytes: int) -> tuple[list[bytes], int]:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            chunks.clear()
        elif chunk:
            chunks.append(chunk)
    return chunks, size


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
