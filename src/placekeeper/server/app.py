"""The web application: its routes, and what is done with a request of each."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from placekeeper.model.access import AccessKey
from placekeeper.model.errors import (
    AccessDeniedException,
    GlueError,
    PlacekeeperError,
    StateError,
    UnknownOperationException,
)
from placekeeper.model.exchange import GLUE_OF_A_RUN, PREFIX
from placekeeper.ports.logs import RunLogs
from placekeeper.server import decode, encode, exchange
from placekeeper.server.answering import answered, glue_error, shown_path
from placekeeper.server.bodies import Room, is_small, read_body, received
from placekeeper.server.callers import ANYBODY, Callers, authorize
from placekeeper.server.encode import Answer
from placekeeper.server.identity import Identity
from placekeeper.server.journal import UNKNOWN, Entry, Journal
from placekeeper.server.logs import Logs
from placekeeper.server.metrics import CONTENT_TYPE, Metrics
from placekeeper.server.model import ServiceModel
from placekeeper.server.neighbours import Neighbour
from placekeeper.server.operations import Many, Operation, Operations
from placekeeper.server.together import Together

if TYPE_CHECKING:
    from placekeeper.control.service import Control
    from placekeeper.model.jobs import JobRun

QUICK_BODY_BYTES = 64 * 1024
"""Up to this size a body is parsed in no time."""

BODY_SECONDS = 60.0
"""How long a body may take to arrive."""

OF_A_RUN = (exchange.MAX_BODY_BYTES, 600.0)
"""Size and seconds of a job process's body, which names every file that it wrote."""

HELD_BYTES = 128 * 1024 * 1024
"""How much all bodies of Glue's requests may hold at once; those of job processes are of known runs."""

T = TypeVar("T")


def create_app(
    control: Control,
    model: ServiceModel,
    *,
    callers: Callers | None = None,
    metrics: Metrics | None = None,
    log_requests: bool = False,
    reads_are_quick: bool = False,
    logs: RunLogs | None = None,
) -> Starlette:
    """The application.

    `POST /` speaks Glue, and what clients ask of STS and CloudWatch Logs; `POST /_placekeeper/v1/*` speaks
    with the job process; `GET /health` and `GET /metrics` need no signature. Without `callers`, nobody has to
    sign. `reads_are_quick` says that the store is on this machine: a look at one row then costs less than
    handing it to a thread. Without `logs`, nothing of CloudWatch Logs is served.
    """
    neighbours: list[Neighbour] = [Identity(), *([] if logs is None else [Logs(control, logs)])]
    journal = Journal(metrics, log_requests=log_requests)
    face = _Face(control, model, callers, journal, reads_are_quick, neighbours)
    routes = [
        Route("/", face.glue, methods=["POST"]),
        Route(GLUE_OF_A_RUN + "/{token}", face.glue_of_a_run, methods=["POST"]),  # SDKs differ in the slash
        Route(GLUE_OF_A_RUN + "/{token}/", face.glue_of_a_run, methods=["POST"]),
        Route(PREFIX + "/{call}", face.job_process, methods=["POST"]),
        Route("/health", _health, methods=["GET"]),
    ]
    if metrics is not None:
        routes.append(Route("/metrics", _figures(metrics), methods=["GET"]))
    app = Starlette(routes=routes, exception_handlers={HTTPException: _no_such_route, Exception: _fault})
    app.router.redirect_slashes = False  # no SDK follows
    return app


class _Face:
    """Reads a request, does the work (in a thread, unless it is quick; starts together), answers."""

    def __init__(
        self,
        control: Control,
        model: ServiceModel,
        callers: Callers | None,
        journal: Journal,
        reads_are_quick: bool,
        neighbours: Sequence[Neighbour],
    ) -> None:
        self._control = control
        self._callers = callers
        self._operations = Operations(model)
        self._exchange = exchange.Exchange(control)
        self._journal = journal
        self._reads_are_quick = reads_are_quick
        self._room = Room(HELD_BYTES)
        self._together = {
            name: Together(partial(many.handle, control))
            for name, many in self._operations.written_together().items()
        }
        self._neighbours = neighbours

    async def glue(self, request: Request) -> Response:
        """A request that anybody makes: signed, where there are keys."""
        callers = self._callers
        for service in self._neighbours:
            if service.is_asked(request.headers):
                return await self._beside_glue(service, request)
        if callers is None:
            return await self._glue(request, lambda _: ANYBODY)
        return await self._glue(
            request,
            lambda body: callers.identify(received(request, body)),
            lambda: callers.expect(received(request, b"")),
        )

    async def _beside_glue(self, service: Neighbour, request: Request) -> Response:
        entry = Entry(str(uuid.uuid4()))
        callers, headers = self._callers, request.headers

        def asked(body: bytes) -> Answer:
            _refuse_browsers(headers.get("origin"))
            caller = callers.identify(received(request, body), service.service) if callers else ANYBODY
            entry.caller = caller.id
            entry.operation = service.operation(headers, body)
            return service.answer(entry.operation, caller, body, entry.request_id)

        async def work() -> Answer:
            body = await read_body(request, QUICK_BODY_BYTES, BODY_SECONDS)
            return await run_in_threadpool(asked, body)

        def fail(error: Exception) -> tuple[Answer, str]:
            named = glue_error(error, entry.request_id)
            return service.failure(named, entry.request_id), named.code

        return await answered(request, entry, self._journal, work, fail)

    async def glue_of_a_run(self, request: Request) -> Response:
        """A request that a script makes while its run goes on: the token in the path says whose it is."""
        token = request.path_params["token"]

        def identify(_: bytes = b"") -> AccessKey:
            return self._exchange.key_of_a_run(token)

        return await self._glue(request, identify, identify)

    async def _glue(
        self,
        request: Request,
        identify: Callable[[bytes], AccessKey],
        expect: Callable[[], object] = lambda: None,
    ) -> Response:
        """Answer a request; one that may be large is read only when `expect` raises nothing."""
        headers = request.headers
        entry = Entry(str(uuid.uuid4()))

        def understood(body: bytes) -> tuple[Operation, Any]:
            _refuse_browsers(headers.get("origin"))
            caller = identify(body)
            entry.caller = caller.id
            operation = self._operations.find(headers.get("x-amz-target"), headers.get("content-type"))
            entry.operation = operation.name
            authorize(caller, operation.name)
            return operation, operation.parameters(body)

        def answer(operation: Operation, result: Mapping[str, object]) -> Answer:
            entry.run_id = str(result.get("JobRunId", ""))
            return encode.success(result, operation.encode, entry.request_id)

        async def work(body: bytes) -> Answer:
            quick = self._reads_are_quick and len(body) <= QUICK_BODY_BYTES
            operation, parameters = await _done(quick, understood, body)
            handle = operation.handle
            if isinstance(handle, Many):
                return answer(operation, await self._together[operation.name](parameters))
            return await _done(
                quick and operation.is_quick,
                lambda: answer(operation, handle(self._control, parameters)),
            )

        def fail(error: Exception) -> tuple[Answer, str]:
            named = glue_error(error, entry.request_id)
            return encode.failure(named, entry.request_id), named.code

        async def read() -> Answer:
            if not is_small(request):
                await _done(self._reads_are_quick, expect)
            with self._room.place() as hold:
                return await work(await read_body(request, decode.MAX_BODY_BYTES, BODY_SECONDS, hold))

        return await answered(request, entry, self._journal, read, fail)

    async def job_process(self, request: Request) -> Response:
        """What a job process says. Nothing is read for anybody but a run that goes on."""
        headers = request.headers
        call = request.path_params["call"]
        entry = Entry(str(uuid.uuid4()), operation=f"exchange/{call}" if call in exchange.CALLS else UNKNOWN)

        def caller() -> JobRun | None:
            return self._exchange.caller(headers.get("authorization"))

        def fail(error: Exception) -> tuple[Answer, str]:
            named = error if isinstance(error, PlacekeeperError) else glue_error(error, entry.request_id)
            status = named.status if isinstance(named, GlueError) else 400
            return exchange.exchange_failure(named, status, entry.request_id), type(named).__name__

        async def work() -> Answer:
            _refuse_browsers(headers.get("origin"))
            known = await run_in_threadpool(caller)
            entry.run_id = "" if known is None else known.id
            body = b"" if known is None else await read_body(request, *OF_A_RUN)
            result = await run_in_threadpool(self._exchange.perform, call, known, body)
            return exchange.exchange_answer(200, result, entry.request_id)

        return await answered(request, entry, self._journal, work, fail)


async def _done(quick: bool, work: Callable[..., T], *arguments: Any) -> T:
    """Do work: here, if it is too quick for a thread."""
    return work(*arguments) if quick else await run_in_threadpool(work, *arguments)


def _refuse_browsers(origin: str | None) -> None:
    """No page in a browser may start jobs: browsers name an origin with every POST, SDKs never do.

    This also stops a foreign page that reaches a loopback address by DNS rebinding.
    """
    if origin is not None:
        raise AccessDeniedException("Requests of web pages (those with an Origin) are not accepted here.")


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _figures(metrics: Metrics) -> Callable[[Request], Awaitable[Response]]:
    async def figures(_: Request) -> Response:
        try:
            return Response(await run_in_threadpool(metrics.text), media_type=CONTENT_TYPE)
        except StateError as error:
            return PlainTextResponse(f"{error}\n", 503)

    return figures


async def _fault(_: Request, error: Exception) -> Response:
    """What went wrong before a body was read; the log has it."""
    request_id = str(uuid.uuid4())
    answer = encode.failure(glue_error(error, request_id), request_id)
    return Response(answer.body, answer.status, answer.headers)


async def _no_such_route(request: Request, error: Exception) -> Response:
    """Another path or method: AWS's SDKs can read nothing but JSON."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    unknown = UnknownOperationException(
        f"{request.method} {shown_path(request)} is nothing that is served here."
    )
    answer = encode.failure(unknown, str(uuid.uuid4()))
    return Response(answer.body, status, answer.headers)
