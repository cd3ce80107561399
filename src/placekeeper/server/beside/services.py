"""Services beside Glue, which many clients ask at the same endpoint."""

from collections.abc import Mapping
from typing import Protocol

from placekeeper.model.access import AccessKey
from placekeeper.model.errors import GlueError
from placekeeper.server.access.callers import ANYBODY, Callers
from placekeeper.server.http.asgi import Answer, Request
from placekeeper.server.http.bodies import read_body, received
from placekeeper.server.http.failures import glue_error
from placekeeper.server.http.journal import Entry
from placekeeper.server.http.threads import Threads

MAX_BODY_BYTES = 64 * 1024
"""The largest body that is read."""


class Service(Protocol):
    """A service with a few read-only operations; `name` is its name in signatures."""

    name: str

    def is_asked(self, headers: Mapping[str, str]) -> bool:
        """Whether a request with these headers is for this service."""

    def operation(self, headers: Mapping[str, str], body: bytes, /) -> str:
        """The requested operation. Raises UnknownOperationException."""

    def answer(self, operation: str, caller: AccessKey, body: bytes, request_id: str, /) -> Answer:
        """Do the operation. Raises GlueError."""

    def failure(self, error: GlueError, request_id: str) -> Answer:
        """An error in the protocol of the service."""


class ServiceEndpoint:
    """One service as an endpoint. Without `callers`, nobody has to sign."""

    def __init__(self, service: Service, callers: Callers | None, threads: Threads) -> None:
        self._service = service
        self._callers = callers
        self._threads = threads

    def is_asked(self, request: Request) -> bool:
        """Whether a request is for this service."""
        return self._service.is_asked(request.headers)

    async def answer(self, request: Request, _part: str, entry: Entry) -> Answer:
        """Answer one request to the service."""
        body = await read_body(request, MAX_BODY_BYTES)
        return await self._threads.run(self._handled, request, body, entry)

    def failure(self, error: Exception, entry: Entry) -> tuple[Answer, str]:
        """An exception in the protocol of the service."""
        named = glue_error(error, entry.request_id)
        return self._service.failure(named, entry.request_id), named.code

    def _handled(self, request: Request, body: bytes, entry: Entry) -> Answer:
        service, callers = self._service, self._callers
        caller = callers.identify(received(request, body), service.name) if callers else ANYBODY
        entry.caller = caller.id
        entry.operation = service.operation(request.headers, body)
        return service.answer(entry.operation, caller, body, entry.request_id)
