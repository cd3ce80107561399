"""ASGI as a request and an answer. A server of a handful of paths needs no framework."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Disconnected(Exception):
    """The client went away before its body was there."""


class Request:
    """One request. `headers` have names in lower case, and of those that are repeated the first."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: Mapping[str, str] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])
        }
        self.scope = scope
        self._receive = receive

    async def piece(self) -> tuple[bytes, bool]:
        """The next piece of the body, and whether more may come. Raises Disconnected."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        return message.get("body", b""), message.get("more_body", False)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: the status, the body in bytes, and headers with names in lower case."""

    status: int
    body: bytes
    headers: dict[str, str]


async def respond(send: Send, answer: Answer) -> None:
    """Send an answer."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    headers.append((b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
