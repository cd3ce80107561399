"""CloudWatch Logs, as far as clients ask it for the logs of a run (its API reference).

Airflow's `verbose` and Dagster's default reader look there: in the groups /aws-glue/jobs/output and /error,
in the stream that is named as the run. The group /aws-glue/crawlers has a stream for each crawler: the log
of its newest crawl. The logs have no times, so every line has the time of the run's start.
Pages always begin at the head; a token is the byte at which the next page begins.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from placekeeper.model.access import AccessKey
from placekeeper.model.crawling import Crawl
from placekeeper.model.errors import (
    EntityNotFoundException,
    GlueError,
    InvalidParameterException,
    ResourceNotFoundException,
    SerializationException,
    UnknownOperationException,
)
from placekeeper.model.jobs import JobRun
from placekeeper.ports.logs import RunLogs, Stream
from placekeeper.server.access.signatures import LOGS
from placekeeper.server.glue_api.handlers.crawlers import LOG_GROUP as CRAWLERS
from placekeeper.server.glue_api.handlers.runs import LOG_GROUP
from placekeeper.server.http.asgi import Answer
from placekeeper.server.protocol import encode

if TYPE_CHECKING:
    from placekeeper.control.service import Control

PAGE_BYTES = 1024 * 1024
"""The most that a page has (AWS, GetLogEvents)."""

_PREFIX = "Logs_20140328."
_GROUPS: Mapping[str, Stream] = {
    f"{LOG_GROUP}/output": "output",
    f"{LOG_GROUP}/error": "error",
    CRAWLERS: "output",
}


class _Asked(msgspec.Struct, frozen=True, rename="camel"):
    """The parameters of the three operations that are used."""

    log_group_name: str
    log_stream_name: str | None = None
    log_stream_names: list[str] | None = None
    log_stream_name_prefix: str | None = None
    filter_pattern: str | None = None
    start_time: int | None = None
    next_token: str | None = None


class CloudWatchLogs:
    """Answers requests for CloudWatch Logs at Glue's endpoint."""

    name = LOGS

    def __init__(self, control: "Control", logs: RunLogs) -> None:
        self._control = control
        self._logs = logs
        self._operations = {
            "DescribeLogStreams": self._describe,
            "FilterLogEvents": self._filter,
            "GetLogEvents": self._get,
        }

    def is_asked(self, headers: Mapping[str, str]) -> bool:
        """Whether the header that names the operation names one of this service."""
        return headers.get("x-amz-target", "").startswith(_PREFIX)

    def operation(self, headers: Mapping[str, str], _: bytes) -> str:
        """The requested operation. Raises UnknownOperationException if it is none of the three."""
        name = headers["x-amz-target"].removeprefix(_PREFIX)
        if name not in self._operations:
            raise UnknownOperationException(
                f"Of CloudWatch Logs, Placekeeper serves only {', '.join(self._operations)}."
            )
        return name

    def answer(self, operation: str, _: AccessKey, body: bytes, request_id: str) -> Answer:
        """Do the operation. Raises ResourceNotFoundException for a missing group or run."""
        try:
            asked = msgspec.json.decode(body, type=_Asked)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise SerializationException(f"The body cannot be read: {error}") from None
        return encode.success(self._operations[operation](asked), dict, request_id)

    def failure(self, error: GlueError, request_id: str) -> Answer:
        """An error in the protocol, which is the same as Glue's."""
        return encode.failure(error, request_id)

    def _describe(self, asked: _Asked) -> dict[str, Any]:
        _stream(asked)
        try:
            name = asked.log_stream_name_prefix or ""
            run = self._source(asked, name)
        except ResourceNotFoundException:
            return {"logStreams": []}
        known = {
            "logStreamName": name,
            "creationTime": run.started_ms,
            "firstEventTimestamp": run.started_ms,
        }
        return {"logStreams": [known]}

    def _get(self, asked: _Asked) -> dict[str, Any]:
        start = _offset(asked.next_token)
        events, end = self._page(asked, asked.log_stream_name or "", start)
        return {"events": events, "nextForwardToken": f"f/{end}", "nextBackwardToken": "b/0"}

    def _filter(self, asked: _Asked) -> dict[str, Any]:
        names = asked.log_stream_names or []
        if len(names) != 1 or asked.filter_pattern:
            raise InvalidParameterException(
                "Give one stream (a run's id) in logStreamNames, and no filterPattern: it is not supported."
            )
        start = _offset(asked.next_token)
        events, end = self._page(asked, names[0], start)
        named = [
            {**event, "logStreamName": names[0], "eventId": f"{start}-{number}"}
            for number, event in enumerate(events)
        ]
        # A token after every page with lines, so that a client that waits for more goes on after them.
        return {"events": named, "searchedLogStreams": [], **({"nextToken": f"f/{end}"} if events else {})}

    def _page(self, asked: _Asked, name: str, start: int) -> tuple[list[dict[str, Any]], int]:
        """The complete lines from a byte on, and the byte behind. An ended run's last line is complete."""
        stream, run = _stream(asked), self._source(asked, name)
        if asked.start_time is not None and asked.start_time > run.started_ms:
            return [], start
        said = self._logs.read(run.id, stream, start, PAGE_BYTES)
        if not run.state.is_final or len(said) == PAGE_BYTES:
            said = said[: said.rfind(b"\n") + 1] or (said if len(said) == PAGE_BYTES else b"")
        lines = said.decode(errors="replace").removesuffix("\n").split("\n") if said else []
        times = {"timestamp": run.started_ms, "ingestionTime": run.started_ms}
        return [{**times, "message": line} for line in lines], start + len(said)

    def _source(self, asked: _Asked, name: str) -> JobRun | Crawl:
        """What a stream is of: a run by its id, or the newest crawl of a crawler by its name."""
        try:
            found = (
                self._control.crawls.newest(name)
                if asked.log_group_name == CRAWLERS
                else self._control.runs.find(name)
            )
        except EntityNotFoundException:
            found = None
        if found is None:
            raise ResourceNotFoundException("The specified log stream does not exist.")
        return found


def _stream(asked: _Asked) -> Stream:
    if asked.log_group_name not in _GROUPS:
        raise ResourceNotFoundException("The specified log group does not exist.")
    return _GROUPS[asked.log_group_name]


def _offset(token: str | None) -> int:
    digits = (token or "f/0").removeprefix("f/").removeprefix("b/")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):
        raise InvalidParameterException("The specified nextToken is invalid.")
    return int(digits)
