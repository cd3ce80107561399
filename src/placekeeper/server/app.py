"""The web application: which path is answered by whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from placekeeper.model.access import AccessKey, ScriptAccess
from placekeeper.model.errors import StateError, UnknownOperationException
from placekeeper.model.exchange import GLUE_OF_A_RUN, PREFIX
from placekeeper.ports.logs import RunLogs
from placekeeper.server.access.callers import ANYBODY, Callers
from placekeeper.server.beside.cloudwatch_logs import Logs
from placekeeper.server.beside.services import Neighbour, Neighbours
from placekeeper.server.beside.sts import Identity
from placekeeper.server.glue_api.operations import Operations
from placekeeper.server.glue_api.requests import Glue
from placekeeper.server.http.answering import shown_path
from placekeeper.server.http.asgi import Application, Receive, Request, Scope, Send, respond
from placekeeper.server.http.bodies import received
from placekeeper.server.http.journal import Journal, new_request_id
from placekeeper.server.http.metrics import CONTENT_TYPE, Metrics
from placekeeper.server.http.threads import Threads
from placekeeper.server.job_api.exchange import Exchange
from placekeeper.server.job_api.requests import JobProcesses
from placekeeper.server.protocol import encode
from placekeeper.server.protocol.encode import Answer
from placekeeper.server.protocol.model import ServiceModel

if TYPE_CHECKING:
    from placekeeper.control.service import Control

_GET = ("GET", "HEAD")


def create_app(
    control: Control,
    model: ServiceModel,
    *,
    callers: Callers | None = None,
    metrics: Metrics | None = None,
    log_requests: bool = False,
    reads_are_quick: bool = False,
    logs: RunLogs | None = None,
) -> Application:
    """The application, for one event loop.

    `POST /` speaks Glue, and what clients ask of STS and CloudWatch Logs; `POST /_placekeeper/v1/*` speaks
    with the job process; `GET /health` and `GET /metrics` need no signature. Without `callers`, nobody has to
    sign. `reads_are_quick` says that the store is on this machine: a look at one row then costs less than
    handing it to a thread. Without `logs`, nothing of CloudWatch Logs is served.
    """
    threads = Threads()
    journal = Journal(metrics, log_requests=log_requests)
    exchange = Exchange(control, callers.scripts if callers else ScriptAccess.ALL)
    glue = Glue(control, Operations(model), journal, threads, reads_are_quick=reads_are_quick)
    services: Sequence[Neighbour] = [Identity(), *([] if logs is None else [Logs(control, logs)])]
    neighbours = Neighbours(services, callers, journal, threads)

    async def at_the_root(request: Request, _: str) -> Answer:
        service = neighbours.asked(request)
        if service is not None:
            return await neighbours.answer(service, request)
        return await glue.answer(request, _Signed(callers, request))

    async def of_a_run(request: Request, token: str) -> Answer:
        return await glue.answer(request, _WithToken(exchange, token))

    at = {"/": _Route(("POST",), at_the_root), "/health": _Route(_GET, _health)}
    if metrics is not None:
        at["/metrics"] = _Route(_GET, _figures(metrics, threads))
    below = {
        GLUE_OF_A_RUN: _Route(("POST",), of_a_run),
        PREFIX: _Route(("POST",), JobProcesses(exchange, journal, threads).answer),
    }
    return _App(at, below)


class _Route(msgspec.Struct, frozen=True):
    """Who answers at a path, or below one: then it is given the last part."""

    methods: Sequence[str]
    answer: Callable[[Request, str], Awaitable[Answer]]


class _App:
    """Answers requests by their paths."""

    def __init__(self, at: Mapping[str, _Route], below: Mapping[str, _Route]) -> None:
        self._at = at
        self._below = below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        request = Request(scope, receive)
        route, part = self._found(request.path)
        if route is None:
            answer = _nothing_served(request, 404)
        elif request.method not in route.methods:
            answer = _nothing_served(request, 405)
        else:
            answer = await route.answer(request, part)
        await respond(send, answer)

    def _found(self, path: str) -> tuple[_Route | None, str]:
        """The route of a path, and its last part if the route is for all that is below one."""
        if path in self._at:
            return self._at[path], ""
        folder, _, part = path.removesuffix("/").rpartition("/")  # SDKs differ in the slash at the end
        return (self._below.get(folder) if part else None), part


class _Signed(msgspec.Struct, frozen=True):
    """Who signed a request; anybody, where there are no keys."""

    callers: Callers | None
    request: Request

    def expect(self) -> None:
        if self.callers is not None:
            self.callers.expect(received(self.request, b""))

    def identify(self, body: bytes) -> AccessKey:
        return ANYBODY if self.callers is None else self.callers.identify(received(self.request, body))


class _WithToken(msgspec.Struct, frozen=True):
    """A script, while its run goes on: the token in the path says whose it is."""

    exchange: Exchange
    token: str

    def expect(self) -> None:
        self.identify(b"")

    def identify(self, _: bytes) -> AccessKey:
        return self.exchange.key_of_a_run(self.token)


async def _health(_: Request, _part: str) -> Answer:
    return Answer(status=200, body=b'{"status":"ok"}', headers={"content-type": "application/json"})


def _figures(metrics: Metrics, threads: Threads) -> Callable[[Request, str], Awaitable[Answer]]:
    async def figures(_: Request, _part: str) -> Answer:
        try:
            text = await threads.run(metrics.text)
        except StateError as error:
            plain = {"content-type": "text/plain; charset=utf-8"}
            return Answer(status=503, body=f"{error}\n".encode(), headers=plain)
        return Answer(status=200, body=text, headers={"content-type": CONTENT_TYPE})

    return figures


def _nothing_served(request: Request, status: int) -> Answer:
    """Another path or method: AWS's SDKs can read nothing but JSON."""
    unknown = UnknownOperationException(
        f"{request.method} {shown_path(request)} is nothing that is served here."
    )
    answer = encode.failure(unknown, new_request_id())
    return msgspec.structs.replace(answer, status=status)
