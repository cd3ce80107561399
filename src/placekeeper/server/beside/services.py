"""Services beside Glue: many clients have one endpoint for all, and ask there what they ask on their way."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol

from placekeeper.model.access import AccessKey
from placekeeper.model.errors import GlueError
from placekeeper.server.access.callers import ANYBODY, Callers
from placekeeper.server.http.answering import answered, glue_error
from placekeeper.server.http.asgi import Request
from placekeeper.server.http.bodies import read_body, received
from placekeeper.server.http.journal import Entry, Journal
from placekeeper.server.http.threads import Threads
from placekeeper.server.protocol.encode import Answer

MAX_BODY_BYTES = 64 * 1024
"""The largest body that is read."""


class Neighbour(Protocol):
    """A service of which a little is answered; `service` is its name in signatures. It only reads."""

    service: str

    def is_asked(self, headers: Mapping[str, str]) -> bool:
        """Whether a request is for it."""

    def operation(self, headers: Mapping[str, str], body: bytes, /) -> str:
        """The operation that is asked for. Raises UnknownOperationException."""

    def answer(self, operation: str, caller: AccessKey, body: bytes, request_id: str, /) -> Answer:
        """Do it. Raises GlueError."""

    def failure(self, error: GlueError, request_id: str) -> Answer:
        """An error as its protocol has it."""


class Neighbours:
    """Answers what is asked of the services beside Glue. Without `callers`, nobody has to sign."""

    def __init__(
        self, services: Sequence[Neighbour], callers: Callers | None, journal: Journal, threads: Threads
    ) -> None:
        self._services = services
        self._callers = callers
        self._journal = journal
        self._threads = threads

    def asked(self, request: Request) -> Neighbour | None:
        """The service that a request is for; None when it is none of these."""
        for service in self._services:
            if service.is_asked(request.headers):
                return service
        return None

    async def answer(self, service: Neighbour, request: Request) -> Answer:
        """Answer one request to a service."""
        entry = Entry()

        def fail(error: Exception) -> tuple[Answer, str]:
            named = glue_error(error, entry.request_id)
            return service.failure(named, entry.request_id), named.code

        work = partial(self._done, service, request, entry)
        return await answered(request, entry, self._journal, work, fail)

    async def _done(self, service: Neighbour, request: Request, entry: Entry) -> Answer:
        body = await read_body(request, MAX_BODY_BYTES)
        return await self._threads.run(self._handled, service, request, body, entry)

    def _handled(self, service: Neighbour, request: Request, body: bytes, entry: Entry) -> Answer:
        callers = self._callers
        caller = callers.identify(received(request, body), service.service) if callers else ANYBODY
        entry.caller = caller.id
        entry.operation = service.operation(request.headers, body)
        return service.answer(entry.operation, caller, body, entry.request_id)
