"""Requests written together: what one group is, and that nobody in it suffers from another."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import pytest

from placekeeper.server.glue_api import group_commit
from placekeeper.server.glue_api.group_commit import GroupCommit


class Disk:
    """Writes while it is let; remembers the groups. A negative number is refused, zero breaks the disk."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.let = threading.Semaphore(0)

    def write(self, group: Sequence[int]) -> Sequence[int | Exception]:
        assert self.let.acquire(timeout=10)
        self.groups.append(list(group))
        if 0 in group:
            raise OSError("disk full")
        return [number * 10 if number > 0 else ValueError(number) for number in group]


def run(scenario: Callable[[GroupCommit[int, int], Disk], Awaitable[None]]) -> Disk:
    disk = Disk()

    async def go() -> None:
        await scenario(GroupCommit(partial(asyncio.to_thread, disk.write)), disk)

    asyncio.run(go())
    return disk


async def asked(group: GroupCommit[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    """Requests that arrive one after the other, and wait."""
    tasks = []
    for number in numbers:
        tasks.append(asyncio.create_task(group(number)))
        await asyncio.sleep(0)
    return tasks


async def begun(group: GroupCommit[int, int]) -> list[asyncio.Task[int]]:
    """One request that is being written: its group is closed."""
    tasks = await asked(group, 1)
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


def test_what_comes_during_a_write_is_the_next_group() -> None:
    async def scenario(group: GroupCommit[int, int], disk: Disk) -> None:
        tasks = await begun(group) + await asked(group, 2, 3, 4)
        disk.let.release(2)
        assert await asyncio.gather(*tasks) == [10, 20, 30, 40]

    assert run(scenario).groups == [[1], [2, 3, 4]]


def test_a_refused_request_is_refused_alone() -> None:
    async def scenario(group: GroupCommit[int, int], disk: Disk) -> None:
        tasks = await begun(group) + await asked(group, 2, -3, 4)
        disk.let.release(2)
        first, second, refused, last = await asyncio.gather(*tasks, return_exceptions=True)
        assert (first, second, last) == (10, 20, 40)
        assert isinstance(refused, ValueError)

    run(scenario)


def test_a_write_that_fails_fails_its_group_and_no_other() -> None:
    async def scenario(group: GroupCommit[int, int], disk: Disk) -> None:
        tasks = await begun(group) + await asked(group, 2, 0)
        disk.let.release(3)
        first, *failed = await asyncio.gather(*tasks, return_exceptions=True)
        assert first == 10
        assert [str(error) for error in failed] == ["disk full", "disk full"]
        assert await group(5) == 50

    assert run(scenario).groups == [[1], [2, 0], [5]]


def test_one_who_goes_away_takes_nobody_along() -> None:
    async def scenario(group: GroupCommit[int, int], disk: Disk) -> None:
        tasks = await begun(group) + await asked(group, 2, 3)
        tasks[0].cancel()
        tasks[1].cancel()
        disk.let.release(2)
        assert await tasks[2] == 30

    assert run(scenario).groups == [[1], [2, 3]]


def test_a_group_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST", 2)

    async def scenario(group: GroupCommit[int, int], disk: Disk) -> None:
        tasks = await begun(group) + await asked(group, 2, 3, 4)
        disk.let.release(3)
        assert await asyncio.gather(*tasks) == [10, 20, 30, 40]

    assert run(scenario).groups == [[1], [2, 3], [4]]


def test_those_who_were_just_answered_and_ask_again_are_written_with_those_who_waited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE_S", 60.0)

    async def scenario(group: GroupCommit[int, int], disk: Disk) -> None:
        [first] = await begun(group)
        waiting = await asked(group, 2, 3)
        disk.let.release(2)
        assert await first == 10
        assert await asyncio.gather(*waiting, group(4)) == [20, 30, 40]

    assert run(scenario).groups == [[1], [2, 3, 4]]


def test_one_who_comes_later_waits_for_nobody_whatever_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE_S", 60.0)

    async def scenario(group: GroupCommit[int, int], disk: Disk) -> None:
        [first] = await begun(group)
        waiting = await asked(group, 2, 3)
        disk.let.release(3)
        assert await first == 10  # before the next one comes, who would else be waited for a second time
        assert await asyncio.gather(*waiting, group(4)) == [20, 30, 40]
        group._answered_s -= 61
        async with asyncio.timeout(5):
            assert await group(5) == 50

    assert run(scenario).groups == [[1], [2, 3, 4], [5]]


def test_nobody_is_waited_for_long() -> None:
    async def scenario(group: GroupCommit[int, int], disk: Disk) -> None:
        tasks = await begun(group) + await asked(group, 2, 3)
        disk.let.release(2)
        async with asyncio.timeout(5):
            assert await asyncio.gather(*tasks) == [10, 20, 30]

    assert run(scenario).groups == [[1], [2, 3]]


def test_one_who_comes_alone_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE_S", 60.0)

    async def scenario(group: GroupCommit[int, int], disk: Disk) -> None:
        disk.let.release(2)
        async with asyncio.timeout(5):
            assert [await group(1), await group(2)] == [10, 20]

    assert run(scenario).groups == [[1], [2]]
