"""Services beside Glue: many clients have one endpoint for all, and ask there what they ask on their way."""

from collections.abc import Mapping
from typing import Protocol

from placekeeper.model.access import AccessKey
from placekeeper.model.errors import GlueError
from placekeeper.server.encode import Answer


class Neighbour(Protocol):
    """A service of which a little is answered; `service` is its name in signatures. It only reads."""

    service: str

    def is_asked(self, headers: Mapping[str, str]) -> bool:
        """Whether a request is for it."""

    def operation(self, headers: Mapping[str, str], body: bytes, /) -> str:
        """The operation that is asked for. Raises UnknownOperationException."""

    def answer(self, operation: str, caller: AccessKey, body: bytes, request_id: str, /) -> Answer:
        """Do it. Raises GlueError."""

    def failure(self, error: GlueError, request_id: str) -> Answer:
        """An error as its protocol has it."""
