"""GetCallerIdentity of STS, for clients that ask it at Glue's endpoint.

Ansible's modules, Airflow's operators and Terraform's provider make the ARN of a job from its account. It
speaks AWS's query protocol: the request is a form, the answer XML (STS API reference).
"""

from collections.abc import Mapping
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from placekeeper.model.access import AccessKey
from placekeeper.model.account import Account
from placekeeper.model.errors import GlueError, UnknownOperationException
from placekeeper.server.access.signatures import STS
from placekeeper.server.http.asgi import Answer

OPERATION = "GetCallerIdentity"

_FORM = "application/x-www-form-urlencoded"
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_NOBODY = "anybody"


class Identity:
    """Answers requests for STS at Glue's endpoint."""

    name = STS

    def __init__(self, account: Account) -> None:
        self._account = account.id

    def is_asked(self, headers: Mapping[str, str]) -> bool:
        """Whether a request speaks the query protocol: a form, and no header names an operation."""
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == _FORM and "x-amz-target" not in headers

    def operation(self, _: Mapping[str, str], body: bytes) -> str:
        """The requested action. Raises UnknownOperationException for all but the one that is served."""
        action = parse_qs(body.decode("ascii", "replace")).get("Action", [""])[0]
        if action != OPERATION:
            raise UnknownOperationException(
                f"Placekeeper does not serve {action or 'a form without an Action'}. Of STS it serves only "
                f"{OPERATION}, of IAM nothing. Give roles by their ARN, and IAM its own endpoint."
            )
        return action

    def answer(self, operation: str, caller: AccessKey, _: bytes, request_id: str) -> Answer:
        """Who the caller is: a user named as the access key; `anybody` where there are no keys."""
        name = escape(caller.id or _NOBODY)
        return _answer(
            200,
            request_id,
            f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>'
            f"<Arn>arn:aws:iam::{self._account}:user/{name}</Arn><UserId>{name}</UserId>"
            f"<Account>{self._account}</Account></{operation}Result>"
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>",
        )

    def failure(self, error: GlueError, request_id: str) -> Answer:
        """An error in this protocol."""
        fault = "Sender" if error.status < 500 else "Receiver"
        return _answer(
            error.status,
            request_id,
            f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>{fault}</Type><Code>{error.code}</Code>'
            f"<Message>{escape(_printable(error.message))}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>",
        )


def _printable(text: str) -> str:
    """The text without control characters, which XML cannot hold and a caller may have sent."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _answer(status: int, request_id: str, xml: str) -> Answer:
    headers = {"content-type": "text/xml", "x-amzn-requestid": request_id}
    return Answer(status=status, body=xml.encode(), headers=headers)
