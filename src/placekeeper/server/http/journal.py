"""The journal of requests: a line in the log and the figures, never the body, never a token."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from placekeeper.events import EventLog
from placekeeper.server.http.asgi import Answer

if TYPE_CHECKING:
    from placekeeper.server.http.metrics import Metrics

UNKNOWN = "unknown"
"""The operation of a request for an unknown one: foreign text must not become a label."""

_LOG = EventLog(__name__)


def new_request_id() -> str:
    """A request id in AWS's form."""
    return str(uuid.uuid4())


@dataclass
class Entry:
    """One request in progress; facts about it are added as they become known."""

    request_id: str = field(default_factory=new_request_id)
    operation: str = UNKNOWN
    caller: str | None = None
    run_id: str | None = None
    began_s: float = field(default_factory=time.perf_counter)


class Journal:
    """Writes the entries; `metrics` counts them too, `log_requests` puts each into the log."""

    def __init__(self, metrics: Metrics | None = None, *, log_requests: bool = False) -> None:
        self._count: Callable[[str, str, float], None] | None = metrics.answered if metrics else None
        self._log_requests = log_requests

    def answered(self, entry: Entry, answer: Answer, code: str) -> None:
        """Log and count an answered request; `code` is OK or the name of the error."""
        seconds = time.perf_counter() - entry.began_s
        if self._count is not None:
            self._count(entry.operation, code, seconds)
        if self._log_requests:
            known = {"caller": entry.caller, "run_id": entry.run_id}
            _LOG.info(
                "request",
                request_id=entry.request_id,
                operation=entry.operation,
                status=answer.status,
                code=code,
                milliseconds=round(seconds * 1000, 2),
                **{name: value for name, value in known.items() if value},
            )
