"""The endpoints of the job process: model/exchange.py on HTTP, `Authorization: Bearer <token of the run>`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from placekeeper.model import kinds
from placekeeper.model.access import AccessKey, RunKey, ScriptAccess
from placekeeper.model.catalog import DatabasesRequest, TableRef, TablesRequest
from placekeeper.model.connections import ConnectionRequest
from placekeeper.model.crawling import Crawl, CrawlEnd, CrawlQuestion, FoundTable, GoneTables
from placekeeper.model.errors import (
    AccessDeniedException,
    PlacekeeperError,
    SerializationException,
    StateError,
    StateUnfit,
    UnknownOperationException,
    VersionMismatchException,
)
from placekeeper.model.exchange import (
    BadFilesRequest,
    CommitRequest,
    ExchangeError,
    OpenRequest,
    PublicationRequest,
    PublishedRequest,
    PublishFailure,
    ReplacedRequest,
    ReplacingRequest,
    RunsQuestion,
    StagingRequest,
    SummaryRequest,
)
from placekeeper.model.jobs import JobRun
from placekeeper.model.publication import PartitionsAdded, PartitionsDropped, SnapshotAdded, TableChange
from placekeeper.server.http.asgi import Answer

if TYPE_CHECKING:
    from placekeeper.control.service import Control

Call = Callable[["Control", JobRun, Any], object]
"""Calls one use case for a run; what it returns is the body of the answer, `{}` for None."""

CrawlCall = Callable[["Control", Crawl, Any], object]
"""The same for a crawl."""

CALLS: Mapping[str, tuple[type, Call]] = MappingProxyType(
    {
        "open": (OpenRequest, lambda control, run, request: control.bookmarks.open(run, request)),
        "table": (TableRef, lambda control, _, ref: control.catalog.snapshot(ref)),
        "definition": (TableRef, lambda control, _, ref: control.catalog.definition(ref)),
        "table-names": (
            TablesRequest,
            lambda control, _, request: control.catalog.table_names(request.database),
        ),
        "databases": (DatabasesRequest, lambda control, _, _request: control.catalog.all_databases()),
        "connection": (
            ConnectionRequest,
            lambda control, _, request: control.connections.told(request.name),
        ),
        "change-table": (
            TableChange,
            lambda control, run, effect: control.table_changes.publish(effect, run),
        ),
        "add-partitions": (
            PartitionsAdded,
            lambda control, run, effect: control.partition_changes.publish(effect, run),
        ),
        "add-snapshot": (
            SnapshotAdded,
            lambda control, run, effect: control.lake_changes.publish(effect, run),
        ),
        "drop-partitions": (
            PartitionsDropped,
            lambda control, run, effect: control.partition_drops.publish(effect, run),
        ),
        "take-back-snapshot": (
            SnapshotAdded,
            lambda control, run, effect: control.lake_changes.take_back(effect, run),
        ),
        "bad-files": (BadFilesRequest, lambda control, run, request: control.marks.note(run, request)),
        "staging": (
            StagingRequest,
            lambda control, run, request: control.runs.add_staging(run, request.target),
        ),
        "ended-runs": (
            RunsQuestion,
            lambda control, _, question: control.runs.ended(question),
        ),
        "replacing": (
            ReplacingRequest,
            lambda control, run, request: control.replacing.look(run, request),
        ),
        "replaced": (
            ReplacedRequest,
            lambda control, run, request: control.replacing.release(run, request.folders),
        ),
        "commit": (CommitRequest, lambda control, run, request: control.bookmarks.commit(run, request)),
        "publication": (
            PublicationRequest,
            lambda control, run, request: control.publications.begin(run, request),
        ),
        "published": (
            PublishedRequest,
            lambda control, run, request: control.publications.published(run, request.ordinal),
        ),
        "publish-failed": (
            PublishFailure,
            lambda control, run, request: control.publications.failed(run, request),
        ),
        "summary": (SummaryRequest, lambda control, run, request: control.runs.put_summary(run, request)),
    }
)
"""The calls of a job process, by the last part of their path."""

CRAWL_CALLS: Mapping[str, tuple[type, CrawlCall]] = MappingProxyType(
    {
        "crawl-task": (CrawlQuestion, lambda control, crawl, _: control.crawl_changes.task(crawl)),
        "crawl-table": (FoundTable, lambda control, crawl, found: control.crawl_changes.apply(crawl, found)),
        "crawl-gone": (GoneTables, lambda control, crawl, gone: control.crawl_changes.gone(crawl, gone)),
        "crawl-end": (CrawlEnd, lambda control, crawl, said: control.crawls.end(crawl, said)),
    }
)
"""The calls of the process of a crawl."""


class Exchange:
    """Answers job processes."""

    def __init__(self, control: Control, scripts: ScriptAccess = ScriptAccess.ALL) -> None:
        self._control = control
        self._scripts = scripts

    def caller(self, authorization: str | None) -> JobRun | Crawl | None:
        """The run, or the crawl, in progress whose token is in a header; None if there is none."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        for by_token in (self._control.runs.by_token, self._control.crawls.by_token):
            with suppress(AccessDeniedException):
                return by_token(token)
        return None

    def key_of_a_run(self, token: str) -> AccessKey:
        """The rights of a script by the token of its run in progress. Raises AccessDeniedException."""
        run = self._control.runs.by_token(token)
        return RunKey(id=run.id, secret="", job_name=run.job_name, access=self._scripts)

    def perform(self, call: str, run: JobRun | Crawl | None, body: bytes) -> bytes:
        """Do what a job process asks.

        Raises AccessDeniedException for no run, UnknownOperationException for another call,
        SerializationException for a body that is not the call's request, and what the use case raises.
        """
        if run is None:
            raise AccessDeniedException(
                "The header must be `Authorization: Bearer <token>`, with the token of a run in progress."
            )
        calls: Mapping[str, tuple[type, Callable[..., object]]]
        calls = CRAWL_CALLS if isinstance(run, Crawl) else CALLS
        if call not in calls:
            raise UnknownOperationException(f"There is no call {call}. The calls are {', '.join(calls)}.")
        try:
            request: Any = kinds.decode(body, calls[call][0])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise SerializationException(f"The body is not a request of {call}: {error}") from None
        if (
            isinstance(run, JobRun)
            and isinstance(request, OpenRequest)
            and self._scripts is not ScriptAccess.ALL
        ):
            self._refuse_bookmark_of_another_job(run, request.name)
        result: object = calls[call][1](self._control, run, request)
        return b"{}" if result is None else msgspec.json.encode(result)

    def _refuse_bookmark_of_another_job(self, run: JobRun, name: str) -> None:
        """Refuse the name of another job for a bookmark: opening it would take it from that job's runs."""
        if name == run.job_name or not self._control.jobs.named([name])[0]:
            return
        raise AccessDeniedException(
            f"The script of run {run.id} may not open the bookmark of the job {name}. Give Job.init another "
            'name, or write [scripts] and access = "all" in the keys file, and start the server again.'
        )


def exchange_failure(error: PlacekeeperError, status: int, request_id: str) -> Answer:
    """The answer to a call that failed: 403 for a bad token, 409 for a lost race, 507 for a state that
    somebody has to mend first, 503 for a database that is away for a moment (it is called again), else
    `status`."""
    expected = found = None
    if isinstance(error, VersionMismatchException):
        status, expected, found = 409, error.expected, error.found
    elif isinstance(error, AccessDeniedException):
        status = 403
    elif isinstance(error, StateError):
        status = 507 if isinstance(error, StateUnfit) else 503
    body = ExchangeError(error=type(error).__name__, message=str(error), expected=expected, found=found)
    return exchange_answer(status, msgspec.json.encode(body), request_id)


def exchange_answer(status: int, body: bytes, request_id: str) -> Answer:
    """An answer to a job process."""
    return Answer(
        status=status,
        body=body,
        headers={"content-type": "application/json", "x-amzn-requestid": request_id},
    )
