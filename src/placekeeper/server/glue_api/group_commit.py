"""Group commit: requests that come while others are being written form the next group."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

MOST = 64
"""The most requests in one group: its first waits for its last."""

PATIENCE_S = 0.002
"""How long a group stays open for callers of the group before, who were just answered and may ask again: less
than a write takes. Without it the first of them is written alone while the others come."""

P = TypeVar("P")
R = TypeVar("R")


@dataclass
class _Group(Generic[P, R]):
    requests: list[P] = field(default_factory=list)
    written: asyncio.Task[Sequence[R | Exception]] | None = None
    complete: asyncio.Event = field(default_factory=asyncio.Event)


class GroupCommit(Generic[P, R]):
    """Calls `write` with groups of requests, one group at a time; it returns a result or an error for each.

    The disk takes as long for many writes as for one, so under load this is several times faster. A request
    that comes alone does not wait. It is for use in one event loop.
    """

    def __init__(self, write: Callable[[Sequence[P]], Awaitable[Sequence[R | Exception]]]) -> None:
        self._write = write
        self._open: _Group[P, R] = _Group()
        self._turn = asyncio.Lock()
        self._expected = 1
        self._answered_s = 0.0

    async def __call__(self, request: P) -> R:
        """The result of one request. Raises its error, or the error of its whole group."""
        group = self._open
        place = len(group.requests)
        group.requests.append(request)
        if group.written is None:
            group.written = asyncio.create_task(self._write_in_turn(group))
        if len(group.requests) >= self._expected:
            group.complete.set()
        if len(group.requests) == MOST:
            self._open = _Group()
        outcome = (await asyncio.shield(group.written))[
            place
        ]  # a caller who goes away does not cancel the others
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _write_in_turn(self, group: _Group[P, R]) -> Sequence[R | Exception]:
        async with self._turn:
            await self._completed(group)
            if self._open is group:
                self._open = _Group()
            try:
                return await self._write(group.requests)
            finally:
                self._expected = min(MOST, len(group.requests) + len(self._open.requests))
                self._answered_s = asyncio.get_running_loop().time()

    async def _completed(self, group: _Group[P, R]) -> None:
        """Wait a little until the group is as large as the last one with those who waited then.

        A request that comes later than that does not wait.
        """
        is_just_answered = asyncio.get_running_loop().time() - self._answered_s < PATIENCE_S
        if is_just_answered and len(group.requests) < self._expected:
            group.complete.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await group.complete.wait()
