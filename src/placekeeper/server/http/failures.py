"""Exceptions as errors of the wire, and paths as the log may show them."""

from placekeeper.model.errors import (
    GlueError,
    InternalServiceException,
    InvalidInputException,
    KeyMissing,
    PlacekeeperError,
    UnsupportedFeature,
    UsageError,
)
from placekeeper.model.exchange import GLUE_OF_A_RUN
from placekeeper.server.http.asgi import Request


def shown_path(request: Request) -> str:
    """The path for the log, without a token that is in it."""
    path = request.path
    return f"{GLUE_OF_A_RUN}/…/" if path.startswith(GLUE_OF_A_RUN) else path


def glue_error(error: Exception, request_id: str) -> GlueError:
    """The error of Glue for an exception, decided by its class.

    Errors of Glue stay the same. Missing features, wrong values and missing keys become 400, because SDKs
    repeat requests that were answered 500. Other errors that Placekeeper raises on purpose become 500 and say
    what to do; any other exception says where to look.
    """
    if isinstance(error, GlueError):
        return error
    if isinstance(error, KeyMissing | UnsupportedFeature | UsageError):
        return InvalidInputException(str(error))
    if isinstance(error, PlacekeeperError):
        return InternalServiceException(str(error))
    return InternalServiceException(
        f"Internal error. The server's log has the details under request {request_id}."
    )
