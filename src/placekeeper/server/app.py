"""The web application: the paths and who answers them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from placekeeper import __version__
from placekeeper.model.access import AccessKey, ScriptAccess
from placekeeper.model.errors import StateError, UnknownOperationException
from placekeeper.model.exchange import GLUE_OF_A_RUN, PREFIX
from placekeeper.ports.logs import RunLogs
from placekeeper.server.access.callers import ANYBODY, Callers
from placekeeper.server.beside.cloudwatch_logs import CloudWatchLogs
from placekeeper.server.beside.services import Service, ServiceEndpoint
from placekeeper.server.beside.sts import Identity
from placekeeper.server.glue_api.operations import Operations
from placekeeper.server.glue_api.requests import Caller, Glue
from placekeeper.server.http.asgi import Answer, Application, Request
from placekeeper.server.http.bodies import received
from placekeeper.server.http.failures import shown_path
from placekeeper.server.http.journal import Journal, new_request_id
from placekeeper.server.http.routing import Endpoint, Page, Route, Router
from placekeeper.server.http.threads import Threads
from placekeeper.server.job_api.exchange import Exchange
from placekeeper.server.job_api.requests import JobProcesses
from placekeeper.server.protocol import encode
from placekeeper.server.protocol.model import ServiceModel

if TYPE_CHECKING:
    from placekeeper.control.service import Control
    from placekeeper.server.http.metrics import Metrics

_PLAIN = {"content-type": "text/plain; charset=utf-8"}


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
    with the job process; `GET /`, `GET /health` and `GET /metrics` need no signature. Without `callers`,
    nobody has to sign. `reads_are_quick` means that the store is on this machine: then reading a row costs
    less than handing the work to a thread. Without `logs`, CloudWatch Logs is not served, without `metrics`
    `/metrics` is not.
    """
    threads = Threads()
    exchange = Exchange(control, callers.scripts if callers else ScriptAccess.ALL)

    def caller_of(request: Request, token: str) -> Caller:
        return _WithToken(exchange, token) if token else _Signed(callers, request)

    glue = Glue(
        control, Operations(model, control.account), threads, caller_of, reads_are_quick=reads_are_quick
    )
    jobs = JobProcesses(exchange, threads)
    services: Sequence[Service] = [
        Identity(control.account),
        *([] if logs is None else [CloudWatchLogs(control, logs)]),
    ]
    beside = [ServiceEndpoint(service, callers, threads) for service in services]

    def at_the_root(request: Request) -> Endpoint:
        return next((service for service in beside if service.is_asked(request)), glue)

    at = {"/": Route(at_the_root, _welcome(has_figures=metrics is not None)), "/health": Route(page=_health)}
    if metrics is not None:
        at["/metrics"] = Route(page=_figures(metrics, threads))
    below = {GLUE_OF_A_RUN: Route(lambda _: glue), PREFIX: Route(lambda _: jobs)}
    journal = Journal(metrics, log_requests=log_requests)
    return Router(at, below, journal, _nothing_served, glue.failure)


class _Signed(msgspec.Struct, frozen=True):
    """The caller who signed a request; anybody, if there are no keys."""

    callers: Callers | None
    request: Request

    def expect(self) -> None:
        if self.callers is not None:
            self.callers.expect(received(self.request, b""))

    def identify(self, body: bytes) -> AccessKey:
        return ANYBODY if self.callers is None else self.callers.identify(received(self.request, body))


class _WithToken(msgspec.Struct, frozen=True):
    """A script whose run is in progress, identified by the token in the path."""

    exchange: Exchange
    token: str

    def expect(self) -> None:
        self.identify(b"")

    def identify(self, _: bytes) -> AccessKey:
        return self.exchange.key_of_a_run(self.token)


def _welcome(*, has_figures: bool) -> Page:
    """The page for a person who opens the address in a browser."""
    figures = " GET /metrics has figures for Prometheus." if has_figures else ""

    async def page(request: Request) -> Answer:
        host = request.headers.get("host", "HOST:PORT")
        text = (
            f"Placekeeper {__version__} serves the API of AWS Glue here. Point a client at this address:\n"
            f'    boto3.client("glue", "us-east-1", endpoint_url="http://{host}")\n'
            f"GET /health says whether the server is up.{figures}\n"
        )
        return Answer(status=200, body=text.encode(), headers=_PLAIN)

    return page


async def _health(_: Request) -> Answer:
    return Answer(status=200, body=b'{"status":"ok"}', headers={"content-type": "application/json"})


def _figures(metrics: Metrics, threads: Threads) -> Page:
    async def figures(_: Request) -> Answer:
        try:
            text = await threads.run(metrics.text)
        except StateError as error:
            return Answer(status=503, body=f"{error}\n".encode(), headers=_PLAIN)
        return Answer(status=200, body=text, headers={"content-type": metrics.content_type})

    return figures


def _nothing_served(request: Request, status: int) -> Answer:
    """The answer to another path or method, as JSON, because AWS's SDKs read only that."""
    unknown = UnknownOperationException(
        f"{request.method} {shown_path(request)} is not served here. Glue's API is at POST /."
    )
    answer = encode.failure(unknown, new_request_id())
    return msgspec.structs.replace(answer, status=status)
