"""Requests of Glue's API, from the head to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from placekeeper.model.access import AccessKey
from placekeeper.server.access.callers import authorize, authorize_script
from placekeeper.server.glue_api.group_commit import GroupCommit
from placekeeper.server.glue_api.handler import GroupHandler, Handler
from placekeeper.server.glue_api.operations import Operation, Operations
from placekeeper.server.http.asgi import Answer, Request
from placekeeper.server.http.bodies import Room, is_small, read_body
from placekeeper.server.http.failures import glue_error
from placekeeper.server.http.journal import Entry
from placekeeper.server.http.threads import Threads
from placekeeper.server.protocol import decode, encode

if TYPE_CHECKING:
    from placekeeper.control.service import Control

QUICK_BODY_BYTES = 64 * 1024
"""The largest body, in bytes, that is parsed in the event loop."""

HELD_BYTES = 128 * 1024 * 1024
"""The most bytes that all bodies together may hold."""


class Caller(Protocol):
    """The caller of one request."""

    def expect(self) -> object:
        """Check the head alone. Raises what `identify` does."""

    def identify(self, body: bytes, /) -> AccessKey:
        """The caller's key. Raises GlueError for a caller without rights."""


class Glue:
    """Answers Glue's requests: quick ones at once, others in a thread, starts in groups.

    `caller_of` gives the caller of a request, from the token in the path of a script ("" for clients).
    `reads_are_quick` means that the store is on this machine: then reading a row costs less than handing the
    work to a thread.
    """

    def __init__(
        self,
        control: Control,
        operations: Operations,
        threads: Threads,
        caller_of: Callable[[Request, str], Caller],
        *,
        reads_are_quick: bool,
    ) -> None:
        self._control = control
        self._operations = operations
        self._threads = threads
        self._caller_of = caller_of
        self._reads_are_quick = reads_are_quick
        self._room = Room(HELD_BYTES)
        self._group_commits = {
            name: GroupCommit(partial(threads.run, handler.call, control))
            for name, handler in operations.group_handlers().items()
        }

    async def answer(self, request: Request, part: str, entry: Entry) -> Answer:
        """Read the body (a large one only of a known caller) and do the operation."""
        caller = self._caller_of(request, part)
        if not is_small(request):
            await self._threads.run_unless(self._reads_are_quick, caller.expect)
        with self._room.place() as hold:
            body = await read_body(request, decode.MAX_BODY_BYTES, hold)
            quick = self._reads_are_quick and len(body) <= QUICK_BODY_BYTES
            operation, parameters = await self._threads.run_unless(
                quick, self._understood, request.headers, body, caller, entry
            )
            handler = operation.handler
            if isinstance(handler, GroupHandler):
                result = await self._group_commits[operation.name](parameters)
            elif quick and handler.is_quick:
                result = handler.call(self._control, parameters)
            else:
                return await self._threads.run(self._handled, operation, handler, parameters, entry)
        return _success(operation, result, entry)

    def failure(self, error: Exception, entry: Entry) -> tuple[Answer, str]:
        """An exception in AWS JSON 1.1."""
        named = glue_error(error, entry.request_id)
        return encode.failure(named, entry.request_id), named.code

    def _understood(
        self, headers: Mapping[str, str], body: bytes, caller: Caller, entry: Entry
    ) -> tuple[Operation, Any]:
        """The requested operation, which the caller may do, and its parameters."""
        key = caller.identify(body)
        entry.caller = key.id
        operation = self._operations.find(headers.get("x-amz-target"), headers.get("content-type"))
        entry.operation = operation.name
        authorize(key, operation.name)
        parameters = operation.parameters(body)
        authorize_script(key, operation.name, parameters)
        return operation, parameters

    def _handled(self, operation: Operation, handler: Handler, parameters: Any, entry: Entry) -> Answer:
        return _success(operation, handler.call(self._control, parameters), entry)


def _success(operation: Operation, result: Mapping[str, object], entry: Entry) -> Answer:
    entry.run_id = str(result.get("JobRunId", ""))
    return encode.success(result, operation.encode, entry.request_id)
