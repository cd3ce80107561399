"""Signatures of requests: AWS's Signature Version 4, as botocore computes it.

The window is AWS's: five minutes to either side of our clock. Within it an equal request with an equal
signature is accepted again: two polls of one second are equal, so a refusal would hit honest clients. Error
codes are those of AWS's services of the same protocol, all with status 400; texts are theirs where known.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPMessage

import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError

from placekeeper.model.access import AccessKey
from placekeeper.model.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)
from placekeeper.server.http.bodies import Received

WINDOW = timedelta(minutes=5)
GLUE, LOGS, STS = "glue", "logs", "sts"
_ALGORITHM, _TERMINATOR = "AWS4-HMAC-SHA256", "aws4_request"
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_OF_JSON = ("host", "x-amz-date", "x-amz-target")
_MUST_BE_SIGNED = {GLUE: _OF_JSON, LOGS: _OF_JSON, STS: ("host", "x-amz-date")}
"""The headers that must be signed. STS names the operation in the body, which is always signed."""
_SINGLE = ("authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-target")


class _Claim(msgspec.Struct, frozen=True):
    """The parts of an Authorization header."""

    key_id: str
    day: str
    region: str
    service: str
    terminator: str
    signed: tuple[str, ...]
    signature: str


def verify(request: Received, keys: Mapping[str, AccessKey], now_ms: int, service: str = GLUE) -> AccessKey:
    """The key that signed a request to a service.

    Raises MissingAuthenticationTokenException without a signature, IncompleteSignatureException for one that
    cannot be read, UnrecognizedClientException for an unknown key or a session token, and
    InvalidSignatureException for one that does not match the request, or is outside of the window.
    """
    claim, key, date = _checked_head(request, keys, now_ms, service)
    digest = _body_digest(request)
    if not hmac.compare_digest(_signature(request, claim, key, date, digest), claim.signature):
        raise InvalidSignatureException(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method."
        )
    return key


def check_head(request: Received, keys: Mapping[str, AccessKey], now_ms: int, service: str = GLUE) -> None:
    """Check all but the body, so that only callers with a key make the server read one.

    Raises what `verify` does.
    """
    _checked_head(request, keys, now_ms, service)


def _checked_head(
    request: Received, keys: Mapping[str, AccessKey], now_ms: int, service: str
) -> tuple[_Claim, AccessKey, datetime]:
    claim = _claim(request, service)
    key = keys.get(claim.key_id)
    if key is None:
        raise UnrecognizedClientException("The security token included in the request is invalid.")
    if request.values("x-amz-security-token"):
        raise UnrecognizedClientException(
            "The security token included in the request is invalid. Keys of Placekeeper have no session "
            "token: leave AWS_SESSION_TOKEN unset."
        )
    date = _date(request)
    _check_scope(claim, date, service)
    _check_time(date, now_ms)
    return claim, key, date


def _claim(request: Received, service: str) -> _Claim:
    if re.search(r"(^|&)X-Amz-(Signature|Algorithm|Credential)=", request.query, re.IGNORECASE):
        raise IncompleteSignatureException("Presigned requests are not accepted: sign the headers.")
    for name in _SINGLE:
        if len(request.values(name)) > 1:
            raise IncompleteSignatureException(f"The request has the header {name} more than once.")
    authorization = "".join(request.values("authorization"))
    if not authorization:
        raise MissingAuthenticationTokenException("Missing Authentication Token")
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != _ALGORITHM:
        raise IncompleteSignatureException(f"Authorization must be of the algorithm {_ALGORITHM}.")
    parts = {name.strip(): value.strip() for name, _, value in (p.partition("=") for p in rest.split(","))}
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if not parts.get(name)]
    if missing:
        raise IncompleteSignatureException(
            " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
        )
    try:
        key_id, day, region, scope, terminator = parts["Credential"].split("/")
    except ValueError:
        raise IncompleteSignatureException(
            f"Credential must be KEY/YYYYMMDD/REGION/{service}/{_TERMINATOR}."
        ) from None
    if not _SIGNATURE.fullmatch(parts["Signature"]):
        raise IncompleteSignatureException("Signature must be 64 hexadecimal digits.")
    signed = _signed_headers(request, parts["SignedHeaders"], service)
    return _Claim(key_id, day, region, scope, terminator, signed, parts["Signature"])


def _signed_headers(request: Received, listed: str, service: str) -> tuple[str, ...]:
    """The names in SignedHeaders, which must include the required ones and exist in the request."""
    signed = tuple(listed.split(";"))
    for name in _MUST_BE_SIGNED[service]:
        if name not in signed:
            raise IncompleteSignatureException(f"'{name}' must be a 'SignedHeader' in the Authorization.")
    came = {name for name, _ in request.headers}
    if not came.issuperset(signed):
        raise IncompleteSignatureException("SignedHeaders names a header that the request does not have.")
    return signed


def _date(request: Received) -> datetime:
    text = "".join(request.values("x-amz-date"))
    try:
        if _DATE.fullmatch(text):
            return datetime.strptime(text, _DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        pass
    raise IncompleteSignatureException("Date must be in ISO-8601 'basic format'. Got no such 'X-Amz-Date'.")


def _check_scope(claim: _Claim, date: datetime, service: str) -> None:
    if claim.service != service:
        raise InvalidSignatureException(f"Credential should be scoped to correct service: '{service}'.")
    if claim.terminator != _TERMINATOR:
        raise InvalidSignatureException(
            f"Credential should be scoped with a valid terminator: '{_TERMINATOR}'."
        )
    if claim.day != f"{date:%Y%m%d}":
        raise InvalidSignatureException("Date in Credential scope does not match the date of 'X-Amz-Date'.")


def _check_time(date: datetime, now_ms: int) -> None:
    now = datetime.fromtimestamp(now_ms // 1000, UTC)
    minutes = WINDOW // timedelta(minutes=1)
    said, here = date.strftime(_DATE_FORMAT), now.strftime(_DATE_FORMAT)
    if date < now - WINDOW:
        edge = (now - WINDOW).strftime(_DATE_FORMAT)
        raise InvalidSignatureException(
            f"Signature expired: {said} is now earlier than {edge} ({here} - {minutes} min.)"
        )
    if date > now + WINDOW:
        edge = (now + WINDOW).strftime(_DATE_FORMAT)
        raise InvalidSignatureException(
            f"Signature not yet current: {said} is still later than {edge} ({here} + {minutes} min.)"
        )


def _body_digest(request: Received) -> str:
    """The SHA-256 of the body; x-amz-content-sha256, if the request has it, must be the same."""
    digest = hashlib.sha256(request.body).hexdigest()
    if request.values("x-amz-content-sha256") not in ([], [digest]):
        raise InvalidSignatureException(
            "'X-Amz-Content-Sha256' is not the SHA-256 of the body. Unsigned bodies are not accepted."
        )
    return digest


class _Signer(SigV4Auth):
    """botocore's signer, for given signed headers and a given digest of the body."""

    def __init__(self, key: AccessKey, claim: _Claim, digest: str) -> None:
        super().__init__(Credentials(key.id, key.secret), claim.service, claim.region)
        self._digest = digest

    def headers_to_sign(self, request: AWSRequest) -> HTTPMessage:
        return request.headers

    def payload(self, request: AWSRequest) -> str:  # noqa: ARG002 - the digest is known
        return self._digest


def _signature(request: Received, claim: _Claim, key: AccessKey, date: datetime, digest: str) -> str:
    url = f"http://placekeeper{request.path}" + (f"?{request.query}" if request.query else "")
    signed = AWSRequest(request.method, url)
    for name, value in request.headers:
        if name in claim.signed:
            signed.headers.add_header(name, value)
    signed.context["timestamp"] = date.strftime(_DATE_FORMAT)
    signer = _Signer(key, claim, digest)
    try:
        canonical = signer.canonical_request(signed)
        return str(signer.signature(signer.string_to_sign(signed, canonical), signed))
    except (ValueError, BotoCoreError):  # a path or a header that no signer can produce
        return ""
