"""What went wrong with a call of a job process, by the server's answer."""

from typing import Final

import msgspec

from placekeeper.model import errors
from placekeeper.model.exchange import ExchangeError

_SAID_CHARACTERS: Final = 200
NOT_OURS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding an answer raises that no Placekeeper server gave."""


def error_in(url: str, status: int, body: bytes) -> errors.PlacekeeperError:
    """The error that an answer tells of."""
    try:
        said = msgspec.json.decode(body, type=ExchangeError)
    except NOT_OURS:
        return not_understood(url, status, body)
    if said.expected is not None and said.found is not None:
        return errors.VersionMismatchException(said.expected, said.found)
    kind = getattr(errors, said.error, None)
    if isinstance(kind, type) and issubclass(kind, errors.PlacekeeperError):
        return raised_there(kind, said.message)
    return errors.StateError(f"{said.error}: {said.message}")


def not_understood(url: str, status: int, body: bytes) -> errors.StateError:
    """The error for an answer that is none of a Placekeeper server."""
    text = body.decode("utf-8", "backslashreplace")
    said = repr(text[:_SAID_CHARACTERS]) if text else "nothing"
    return errors.StateError(
        f"the answer to POST {url} is not one of a Placekeeper server: status {status}, and it says {said}. "
        "Look into the server's log, and for a proxy between this machine and the server. Nothing was lost: "
        "run the job again."
    )


def raised_there(kind: type[errors.PlacekeeperError], message: str) -> errors.PlacekeeperError:
    """An error of a class with its message: constructors make messages of other things."""
    error = kind.__new__(kind, message)
    error.args = (message,)
    if isinstance(error, errors.GlueError):
        error.message = message
    return error
