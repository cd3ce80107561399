"""Glue's API: what is done with a request of it, from its head to its answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from placekeeper.model.access import AccessKey
from placekeeper.server.access.callers import authorize, authorize_script
from placekeeper.server.glue_api.group_commit import GroupCommit
from placekeeper.server.glue_api.operations import Many, Operation, Operations
from placekeeper.server.http.answering import answered, glue_error
from placekeeper.server.http.asgi import Request
from placekeeper.server.http.bodies import Room, is_small, read_body
from placekeeper.server.http.journal import Entry, Journal
from placekeeper.server.http.threads import Threads
from placekeeper.server.protocol import decode, encode
from placekeeper.server.protocol.encode import Answer

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
    """Answers Glue's requests: quick ones at once, others in a thread, starts together.

    `reads_are_quick` says that the store is on this machine: a look at one row then costs less than handing
    it to a thread.
    """

    def __init__(
        self,
        control: Control,
        operations: Operations,
        journal: Journal,
        threads: Threads,
        *,
        reads_are_quick: bool,
    ) -> None:
        self._control = control
        self._operations = operations
        self._journal = journal
        self._threads = threads
        self._reads_are_quick = reads_are_quick
        self._room = Room(HELD_BYTES)
        self._group_commits = {
            name: GroupCommit(partial(threads.run, many.handle, control))
            for name, many in operations.group_committed().items()
        }

    async def answer(self, request: Request, caller: Caller) -> Answer:
        """Answer one request."""
        entry = Entry()

        def fail(error: Exception) -> tuple[Answer, str]:
            named = glue_error(error, entry.request_id)
            return encode.failure(named, entry.request_id), named.code

        work = partial(self._done, request, caller, entry)
        return await answered(request, entry, self._journal, work, fail)

    async def _done(self, request: Request, caller: Caller, entry: Entry) -> Answer:
        """Read the body, a large one only of somebody who is known, and do what it says."""
        if not is_small(request):
            await self._threads.run_unless(self._reads_are_quick, caller.expect)
        with self._room.place() as hold:
            body = await read_body(request, decode.MAX_BODY_BYTES, hold)
            quick = self._reads_are_quick and len(body) <= QUICK_BODY_BYTES
            operation, parameters = await self._threads.run_unless(
                quick, self._understood, request.headers, body, caller, entry
            )
            if isinstance(operation.handle, Many):
                result = await self._group_commits[operation.name](parameters)
                return _success(operation, result, entry)
            return await self._threads.run_unless(
                quick and operation.is_quick, self._handled, operation, parameters, entry
            )

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

    def _handled(self, operation: Operation, parameters: Any, entry: Entry) -> Answer:
        assert not isinstance(operation.handle, Many)  # noqa: S101 - those are written together
        return _success(operation, operation.handle(self._control, parameters), entry)


def _success(operation: Operation, result: Mapping[str, object], entry: Entry) -> Answer:
    entry.run_id = str(result.get("JobRunId", ""))
    return encode.success(result, operation.encode, entry.request_id)
