"""Errors of S3 and the network: which ones pass, and what to tell a person."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from xml.etree import ElementTree

import urllib3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as NotConnected
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    InvalidPathError,
    NotFoundError,
    NotModifiedError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)

from placekeeper.objects.patience import StillFailing, persist
from placekeeper.objects.s3.client import S3Settings, client

Answer = TypeVar("Answer")


class DamagedAnswer(ValueError):
    """An answer with status 200 that is not the expected one: cut short, or not from S3."""


ERRORS: tuple[type[Exception], ...] = (
    ClientError,
    BotoCoreError,
    BaseError,
    urllib3.exceptions.HTTPError,
    ElementTree.ParseError,
    DamagedAnswer,
)
"""What the libraries raise when the store or the network fails."""

PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_PASSING_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "InternalError",
        "OperationAborted",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestThrottled",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_THROTTLING = ("SlowDown", "TooManyRequests", "Throttl", "LimitExceeded", "429", "503")
_LASTING_OF_OBSTORE = (
    AlreadyExistsError,
    InvalidPathError,
    NotFoundError,
    NotModifiedError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)


def code_of(error: Exception) -> str:
    """The error code of a refusal; the status if the answer had no body, as after HEAD; else empty."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def archive_of(error: Exception) -> str | None:
    """The storage class (or tier) of an archived object, which S3 must restore first; else None."""
    fields = error.response.get("Error", {}) if isinstance(error, ClientError) else {}
    text = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) or str(error)
    if "<Code>InvalidObjectState</Code>" not in text:
        return None
    found = re.search("<(?:AccessTier|StorageClass)>([^<]*)<", text)
    return found.group(1) if found else "an archive"


def refusal(status: int, body: bytes, operation: str, headers: Mapping[str, str]) -> ClientError:
    """An answer that is an error, as botocore would raise it."""
    text = body.decode(errors="replace")
    said = [re.search(f"<{tag}>([^<]*)</{tag}>", text) for tag in ("Code", "Message")]
    code, message = (
        found.group(1) if found else default for found, default in zip(said, (str(status), ""), strict=True)
    )
    about = {
        "HTTPStatusCode": status,
        "HTTPHeaders": {name.lower(): value for name, value in headers.items()},
    }
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": about},  # type: ignore[typeddict-item]
        operation,
    )


def retry_after(error: Exception) -> float | None:
    """For how many seconds an answer asks to wait (Retry-After); None if it does not.

    A date is by the clock of the store, which is in the answer's own Date.
    """
    if not isinstance(error, ClientError):
        return None
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    said = headers.get("retry-after", "").strip()
    if said.isdecimal():
        return int(said) or None
    try:
        until, now = (parsedate_to_datetime(text) for text in (said, headers.get("date", "")))
    except ValueError:
        return None
    seconds = (_in_utc(until) - _in_utc(now)).total_seconds()
    return seconds if seconds > 0 else None


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def passes(error: Exception) -> bool:
    """Whether the same request may succeed a little later: throttling, server errors, broken connections."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return status in PASSING_STATUS or code_of(error) in _PASSING_CODES
    if isinstance(error, BotoCoreError):
        return isinstance(error, HTTPClientError | NotConnected | IncompleteReadError)
    return not isinstance(error, _LASTING_OF_OBSTORE)


def ask(settings: S3Settings, what: str, call: Callable[[], Answer]) -> Answer:
    """Call `call` and return its result, with retries.

    Errors that do not pass are raised unchanged. After the last retry it raises OSError: the message begins
    with `what` and names the store, the number of attempts, the last error, and what to do.
    """
    try:
        return persist(settings.patience, call, errors=ERRORS, passes=passes, asked=retry_after)
    except StillFailing as error:
        alone = retry_after(error.last)
        asked = f" It asked to wait for {alone:.0f} s." if alone else ""
        said = " ".join(str(error.last).split("\n\nDebug source")[0].split())
        raise OSError(
            f"{what}: {settings.where} was asked {error.attempts} times in {error.seconds:.0f} s. "
            f"The last error: {said}.{asked} {_advice(error.last, said)}"
        ) from error


def invoke(settings: S3Settings, what: str, operation: str, **request: Any) -> Any:
    """Call an operation of botocore's client, with retries; see `ask`."""
    return ask(settings, what, lambda: once(settings, operation, **request))


def once(settings: S3Settings, operation: str, **request: Any) -> Any:
    """Call an operation of botocore's client once. Raises one of ERRORS."""
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 - heavy: see s3_client

    try:
        return getattr(client(settings), operation)(**request)
    except ResponseParserError as error:
        raise DamagedAnswer(str(error)) from error


def _advice(error: Exception, said: str) -> str:
    if any(word in code_of(error) or word in said for word in _THROTTLING):
        return (
            "It gets too many requests: start fewer runs on this bucket at the same time, list with "
            "a smaller --bookmark-list-concurrency, or run again later."
        )
    if isinstance(error, ClientError):
        return "Run again when the store has recovered."
    return "Check that it can be reached (AWS_ENDPOINT_URL_S3, the network, its load), and run again."
