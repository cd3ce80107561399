"""The HTTP edge: it routes paths, turns exceptions into answers, and writes the journal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec

from placekeeper.events import EventLog
from placekeeper.model.errors import AccessDeniedException, PlacekeeperError
from placekeeper.server.http.asgi import Answer, Disconnected, Receive, Request, Scope, Send, respond
from placekeeper.server.http.bodies import RequestTimeoutException
from placekeeper.server.http.failures import shown_path
from placekeeper.server.http.journal import Entry, Journal

_LOG = EventLog(__name__)
_GET = ("GET", "HEAD")


class Endpoint(Protocol):
    """Answers what is posted at a path. `part` is what follows the path of a route for all below it."""

    async def answer(self, request: Request, part: str, entry: Entry, /) -> Answer:
        """Answer one request, and note in `entry` what is learned of it. Any exception is answered."""
        ...

    def failure(self, error: Exception, entry: Entry, /) -> tuple[Answer, str]:
        """An exception as the protocol of this endpoint has it, and the error's name for the journal."""
        ...


Page = Callable[[Request], Awaitable[Answer]]
"""Answers GET at a path; nobody has to sign, and the journal does not tell of it."""


Failure = Callable[[Exception, Entry], tuple[Answer, str]]
"""As `Endpoint.failure`."""


class Route(msgspec.Struct, frozen=True):
    """The endpoints of one path. `posted` chooses the endpoint for a POST; None if POST is not served."""

    posted: Callable[[Request], Endpoint] | None = None
    page: Page | None = None


class Router:
    """The ASGI application. `at` has routes by path, `below` those for all paths below one."""

    def __init__(
        self,
        at: Mapping[str, Route],
        below: Mapping[str, Route],
        journal: Journal,
        refused: Callable[[Request, int], Answer],
        failure: Failure,
    ) -> None:
        """`refused` answers another path (404) or method (405), `failure` an exception outside endpoints."""
        self._at = at
        self._below = below
        self._journal = journal
        self._refused = refused
        self._failure = failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Every exception becomes an answer; no traceback reaches the client."""
        request = Request(scope, receive)
        entry, code, failure, is_told = Entry(), "OK", self._failure, False
        try:
            route, part = self._found(request.path)
            if route is None:
                answer = self._refused(request, 404)
            elif request.method in _GET and route.page is not None:
                answer = await route.page(request)
            elif request.method != "POST" or route.posted is None:
                answer = self._refused(request, 405)
            else:
                is_told = True
                endpoint = route.posted(request)
                failure = endpoint.failure
                _refuse_browsers(request)
                answer = await endpoint.answer(request, part, entry)
        except Disconnected:
            answer, is_told = Answer(status=400, body=b"", headers={}), False  # nobody reads it
        except Exception as error:  # noqa: BLE001  # the HTTP edge: a client gets an answer whatever happened
            answer, code = _failed(error, request, failure, entry)
        if is_told:
            self._journal.answered(entry, answer, code)
        await respond(send, answer)

    def _found(self, path: str) -> tuple[Route | None, str]:
        """The route of a path, and its last part if the route is for all that is below one."""
        if path in self._at:
            return self._at[path], ""
        folder, _, part = path.removesuffix("/").rpartition("/")  # SDKs differ in the slash at the end
        return (self._below.get(folder) if part else None), part


def _failed(error: Exception, request: Request, failure: Failure, entry: Entry) -> tuple[Answer, str]:
    if not isinstance(error, PlacekeeperError):
        path = shown_path(request)
        _LOG.error("request failed", request_id=entry.request_id, path=path, exc_info=error)
    answer, code = failure(error, entry)
    if isinstance(error, RequestTimeoutException):
        answer = msgspec.structs.replace(answer, headers=answer.headers | {"connection": "close"})
    return answer, code


def _refuse_browsers(request: Request) -> None:
    """Refuse requests of web pages, which must not start jobs: only browsers send an Origin with a POST.

    This also stops a foreign page that reaches a loopback address by DNS rebinding.
    """
    if "origin" in request.headers:
        raise AccessDeniedException("Requests from web pages (with an Origin header) are not accepted.")
