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
