"""What job processes say (server/job_api/exchange.py), as requests and answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from placekeeper.model.errors import GlueError, PlacekeeperError
from placekeeper.server.http.answering import answered, glue_error
from placekeeper.server.http.asgi import Request
from placekeeper.server.http.bodies import read_body
from placekeeper.server.http.journal import UNKNOWN, Entry, Journal
from placekeeper.server.http.threads import Threads
from placekeeper.server.job_api import exchange
from placekeeper.server.protocol.encode import Answer

if TYPE_CHECKING:
    from placekeeper.model.jobs import JobRun


class JobProcesses:
    """Answers job processes. Nothing is read for anybody but a run that goes on."""

    def __init__(self, calls: exchange.Exchange, journal: Journal, threads: Threads) -> None:
        self._exchange = calls
        self._journal = journal
        self._threads = threads

    async def answer(self, request: Request, call: str) -> Answer:
        """Answer one call."""
        entry = Entry(operation=f"exchange/{call}" if call in exchange.CALLS else UNKNOWN)

        def fail(error: Exception) -> tuple[Answer, str]:
            named = error if isinstance(error, PlacekeeperError) else glue_error(error, entry.request_id)
            status = named.status if isinstance(named, GlueError) else 400
            return exchange.exchange_failure(named, status, entry.request_id), type(named).__name__

        work = partial(self._done, request, call, entry)
        return await answered(request, entry, self._journal, work, fail)

    async def _done(self, request: Request, call: str, entry: Entry) -> Answer:
        known = await self._threads.run(self._exchange.caller, request.headers.get("authorization"))
        entry.run_id = "" if known is None else known.id
        body = await self._body(request, known)
        result = await self._threads.run(self._exchange.perform, call, known, body)
        return exchange.exchange_answer(200, result, entry.request_id)

    async def _body(self, request: Request, known: JobRun | None) -> bytes:
        return b"" if known is None else await read_body(request, exchange.MAX_BODY_BYTES)
