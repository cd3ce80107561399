"""The web application: routes, and the one place where exceptions become answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from placekeeper.model.errors import (
    AccessDeniedException,
    GlueError,
    InternalServiceException,
    InvalidInputException,
    PlacekeeperError,
    UnknownOperationException,
    UnsupportedFeature,
    UsageError,
)
from placekeeper.model.exchange import PREFIX
from placekeeper.server import decode, encode, exchange
from placekeeper.server.encode import Answer
from placekeeper.server.model import ServiceModel
from placekeeper.server.operations import Operations, perform

if TYPE_CHECKING:
    from placekeeper.control.service import Control

_LOG = structlog.get_logger(__name__)


def create_app(control: Control, model: ServiceModel) -> Starlette:
    """The application: `POST /` speaks Glue, `POST /_placekeeper/v1/*` the job process, `GET /health`."""
    face = _Face(control, model)
    return Starlette(
        routes=[
            Route("/", face.glue, methods=["POST"]),
            Route(PREFIX + "/{call}", face.job_process, methods=["POST"]),
            Route("/health", _health, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _no_such_route},
    )


class _Face:
    """Reads a request, does the work in a thread (the use cases are synchronous), answers."""

    def __init__(self, control: Control, model: ServiceModel) -> None:
        self._control = control
        self._operations = Operations(model)
        self._exchange = exchange.Exchange(control)

    async def glue(self, request: Request) -> Response:
        headers = request.headers
        request_id = str(uuid.uuid4())

        def work(body: bytes | None) -> Answer:
            _refuse_browsers(headers.get("origin"))
            operation = self._operations.find(headers.get("x-amz-target"), headers.get("content-type"))
            if body is None:
                raise InvalidInputException("Request size limit exceeded")
            result = perform(operation, self._control, body)
            return encode.success(result, operation.encode, request_id)

        def fail(error: Exception) -> Answer:
            return encode.failure(glue_error(error, request_id), request_id)

        return await _answer(request, decode.MAX_BODY_BYTES, request_id, work, fail)

    async def job_process(self, request: Request) -> Response:
        headers = request.headers
        call = request.path_params["call"]
        request_id = str(uuid.uuid4())

        def work(body: bytes | None) -> Answer:
            _refuse_browsers(headers.get("origin"))
            if body is None:
                raise InvalidInputException("Request size limit exceeded")
            result = self._exchange.perform(call, headers.get("authorization"), body)
            return exchange.exchange_answer(200, result, request_id)

        def fail(error: Exception) -> Answer:
            named = error if isinstance(error, PlacekeeperError) else glue_error(error, request_id)
            status = named.status if isinstance(named, GlueError) else 400
            return exchange.exchange_failure(named, status, request_id)

        return await _answer(request, exchange.MAX_BODY_BYTES, request_id, work, fail)


async def _answer(
    request: Request,
    max_body_bytes: int,
    request_id: str,
    work: Callable[[bytes | None], Answer],
    fail: Callable[[Exception], Answer],
) -> Response:
    """Body in, answer out; whatever is raised becomes an answer, never a traceback at the client."""
    try:
        body = await _read(request, max_body_bytes)
    except ClientDisconnect:
        return Response(status_code=400)
    try:
        answer = await run_in_threadpool(work, body)
    except Exception as error:  # noqa: BLE001  # the HTTP edge: a client gets an answer whatever happened
        if not isinstance(error, PlacekeeperError):
            _LOG.error("request failed", request_id=request_id, path=request.url.path, exc_info=error)
        answer = fail(error)
    return Response(answer.body, answer.status, answer.headers)


def glue_error(error: Exception, request_id: str) -> GlueError:
    """What an exception is on the wire, decided by its class.

    Errors of Glue are themselves. What is asked for and not there is the caller's input (400). Other errors
    that Placekeeper raises on purpose are ours (500) and say what to do; anything else says where to look.
    """
    if isinstance(error, GlueError):
        return error
    if isinstance(error, UnsupportedFeature | UsageError):
        return InvalidInputException(str(error))
    if isinstance(error, PlacekeeperError):
        return InternalServiceException(str(error))
    return InternalServiceException(f"Internal error; the server's log has it under request {request_id}.")


def _refuse_browsers(origin: str | None) -> None:
    """No page in a browser may start jobs: browsers name an origin with every POST, SDKs never do.

    This also stops a foreign page that reaches a loopback address by DNS rebinding.
    """
    if origin is not None:
        raise AccessDeniedException("Requests of web pages (those with an Origin) are not accepted here.")


async def _read(request: Request, max_bytes: int) -> bytes | None:
    """The body; None when it is larger than `max_bytes` (read to its end, so that the answer arrives)."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= max_bytes:
            chunks.append(chunk)
        else:
            chunks.clear()
    return b"".join(chunks) if size <= max_bytes else None


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _no_such_route(request: Request, error: Exception) -> Response:
    """Another path or method: AWS's SDKs can read nothing but JSON."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    unknown = UnknownOperationException(
        f"{request.method} {request.url.path} is nothing that is served here."
    )
    answer = encode.failure(unknown, str(uuid.uuid4()))
    return Response(answer.body, status, answer.headers)
