"""Requests of job processes (server/job_api/exchange.py) and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placekeeper.model.errors import GlueError, PlacekeeperError
from placekeeper.model.exchange import MAX_BODY_BYTES
from placekeeper.server.http.asgi import Answer, Request
from placekeeper.server.http.bodies import read_body
from placekeeper.server.http.failures import glue_error
from placekeeper.server.http.journal import UNKNOWN, Entry
from placekeeper.server.http.threads import Threads
from placekeeper.server.job_api import exchange

if TYPE_CHECKING:
    from placekeeper.model.crawling import Crawl
    from placekeeper.model.jobs import JobRun


class JobProcesses:
    """Answers job processes. A body is read only for a run in progress."""

    def __init__(self, calls: exchange.Exchange, threads: Threads) -> None:
        self._exchange = calls
        self._threads = threads

    async def answer(self, request: Request, part: str, entry: Entry) -> Answer:
        """Answer the call that `part` names."""
        entry.operation = (
            f"exchange/{part}" if part in exchange.CALLS or part in exchange.CRAWL_CALLS else UNKNOWN
        )
        known = await self._threads.run(self._exchange.caller, request.headers.get("authorization"))
        entry.run_id = "" if known is None else known.id
        body = await self._body(request, known)
        result = await self._threads.run(self._exchange.perform, part, known, body)
        return exchange.exchange_answer(200, result, entry.request_id)

    def failure(self, error: Exception, entry: Entry) -> tuple[Answer, str]:
        """An exception as job processes read it."""
        named = error if isinstance(error, PlacekeeperError) else glue_error(error, entry.request_id)
        status = named.status if isinstance(named, GlueError) else 400
        return exchange.exchange_failure(named, status, entry.request_id), type(named).__name__

    async def _body(self, request: Request, known: JobRun | Crawl | None) -> bytes:
        return b"" if known is None else await read_body(request, MAX_BODY_BYTES)
