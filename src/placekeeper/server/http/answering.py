"""The one place where exceptions become answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
import structlog

from placekeeper.model.errors import (
    AccessDeniedException,
    GlueError,
    InternalServiceException,
    InvalidInputException,
    KeyMissing,
    PlacekeeperError,
    UnsupportedFeature,
    UsageError,
)
from placekeeper.model.exchange import GLUE_OF_A_RUN
from placekeeper.server.http.asgi import Disconnected, Request
from placekeeper.server.http.bodies import RequestTimeoutException
from placekeeper.server.http.journal import Entry, Journal
from placekeeper.server.protocol.encode import Answer

_LOG = structlog.get_logger(__name__)


async def answered(
    request: Request,
    entry: Entry,
    journal: Journal,
    work: Callable[[], Awaitable[Answer]],
    fail: Callable[[Exception], tuple[Answer, str]],
) -> Answer:
    """Do the work; whatever is raised becomes an answer, never a traceback at the client."""
    code = "OK"
    try:
        _refuse_browsers(request)
        answer = await work()
    except Disconnected:
        return Answer(status=400, body=b"", headers={})  # nobody is there to read it
    except Exception as error:  # noqa: BLE001  # the HTTP edge: a client gets an answer whatever happened
        if not isinstance(error, PlacekeeperError):
            _LOG.error(
                "request failed", request_id=entry.request_id, path=shown_path(request), exc_info=error
            )
        answer, code = fail(error)
        if isinstance(error, RequestTimeoutException):
            answer = msgspec.structs.replace(answer, headers=answer.headers | {"connection": "close"})
    journal.answered(entry, answer, code)
    return answer


def _refuse_browsers(request: Request) -> None:
    """No page in a browser may start jobs: browsers name an origin with every POST, SDKs never do.

    This also stops a foreign page that reaches a loopback address by DNS rebinding.
    """
    if "origin" in request.headers:
        raise AccessDeniedException("Requests of web pages (those with an Origin) are not accepted here.")


def shown_path(request: Request) -> str:
    """The path for the log; what stands in it instead of a token."""
    path = request.path
    return f"{GLUE_OF_A_RUN}/…/" if path.startswith(GLUE_OF_A_RUN) else path


def glue_error(error: Exception, request_id: str) -> GlueError:
    """What an exception is on the wire, decided by its class.

    Errors of Glue are themselves. What is asked for and not there is the caller's input (400), and so is a
    bookmark whose key is not configured: SDKs send again what was answered 500. Other errors that
    Placekeeper raises on purpose are ours (500) and say what to do; anything else says where to look.
    """
    if isinstance(error, GlueError):
        return error
    if isinstance(error, KeyMissing | UnsupportedFeature | UsageError):
        return InvalidInputException(str(error))
    if isinstance(error, PlacekeeperError):
        return InternalServiceException(str(error))
    return InternalServiceException(f"Internal error; the server's log has it under request {request_id}.")
