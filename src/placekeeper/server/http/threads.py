"""Threads for work that would block the server's loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

MOST_THREADS = 40
"""Fewer than the store has connections: nobody waits for one."""

T = TypeVar("T")


class Threads:
    """Does work for one event loop in threads, which are made when they are needed."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(MOST_THREADS, "placekeeper-request")

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do work in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    async def run_unless(self, quick: bool, work: Callable[..., T], *arguments: object) -> T:
        """Do work in a thread, or here if it is too quick for one."""
        return work(*arguments) if quick else await self.run(work, *arguments)
