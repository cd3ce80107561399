"""Glue's API: what is done with a request of it, from its head to its answer."""

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
"""Up to this size a body is parsed in no time."""

HELD_BYTES = 128 * 1024 * 1024
"""How much all bodies may hold at once."""


class Caller(Protocol):
    """Who makes one request."""

    def expect(self) -> object:
        """Look at the head alone. Raises what `identify` does."""

    def identify(self, body: bytes, /) -> AccessKey:
        """Who it is. Raises GlueError for nobody who may ask anything."""


class Glue:
    """Answers Glue's requests: quick ones at once, others in a thread, starts in groups.

    `caller_of` says who makes a request, given the part of the path below which scripts ask ("" for clients).
    `reads_are_quick` says that the store is on this machine: to read one row then costs less than to hand it
    to a thread.
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
        """Read the body, a large one only of somebody who is known, and do what it says."""
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
        """An exception as AWS JSON 1.1 has it."""
        named = glue_error(error, entry.request_id)
        return encode.failure(named, entry.request_id), named.code

    def _understood(
        self, headers: Mapping[str, str], body: bytes, caller: Caller, entry: Entry
    ) -> tuple[Operation, Any]:
        """Who asks for what: an operation that the caller may do, and its parameters."""
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
