"""The cut of the chosen objects into tasks: how many tasks there are, and which objects each one reads."""

import heapq
from collections.abc import Sequence

import msgspec

from placekeeper.model.objects import ObjectMeta

TASK_BYTES = 64 * 1024 * 1024
"""Bytes of objects that one task reads, more or less."""

OPEN_BYTES, OPEN_LOCAL_BYTES = 1024 * 1024, 4096
"""What opening an object costs, in bytes that could have been read meanwhile: a round trip, or very little.

Tasks that wait for a store may be many. Sail runs all at once, and those that wait for nothing then wait for
each other, at twice the cost of each file.
"""

TASKS_AT_ONCE = 32
"""Tasks for each that runs at once: more are no faster, and each is sent the list of what all read."""


class Grouping(msgspec.Struct, frozen=True):
    """groupFiles "inPartition": a task reads files of one folder, up to `size` bytes if it is given."""

    size: int | None


def bins(objects: Sequence[ObjectMeta], *, parallelism: int) -> tuple[tuple[ObjectMeta, ...], ...]:
    """The objects of each task: every object once, no task empty, bytes evenly spread.

    There are at least `parallelism` tasks when there are as many objects, and about one per TASK_BYTES, up to
    TASKS_AT_ONCE times `parallelism`.
    Within a task, objects keep the order they have in `objects`.
    """
    if not objects:
        return ()
    costs = [cost(meta) for meta in objects]
    by_bytes = min(-(-sum(costs) // TASK_BYTES), TASKS_AT_ONCE * parallelism)
    count = min(len(objects), max(parallelism, by_bytes))
    loads = [(0, number) for number in range(count)]
    members: list[list[int]] = [[] for _ in range(count)]
    for index in sorted(range(len(objects)), key=lambda i: (-costs[i], i)):
        load, number = heapq.heappop(loads)
        members[number].append(index)
        heapq.heappush(loads, (load + costs[index], number))
    ordered = sorted(sorted(indices) for indices in members)
    return tuple(tuple(objects[index] for index in indices) for indices in ordered)


def cost(meta: ObjectMeta) -> int:
    """What reading an object costs, in bytes."""
    return meta.size + (OPEN_LOCAL_BYTES if is_local(meta) else OPEN_BYTES)


def is_local(meta: ObjectMeta) -> bool:
    """Whether an object is on a local disk, and opening it is no round trip."""
    return meta.path.startswith("file://")


def groups(
    objects: Sequence[ObjectMeta], *, size: int | None, parallelism: int
) -> tuple[tuple[ObjectMeta, ...], ...]:
    """The objects of each task as groupFiles wants them: of one folder, of a size.

    `size` is in bytes; without it, as much as gives each of `parallelism` tasks its share. Objects keep
    their order.

    Source: docs/reference/awsglue.md#grouping.
    """
    wanted = size or -(-sum(meta.size for meta in objects) // parallelism)
    found: list[list[ObjectMeta]] = []
    filled, folder = 0, None
    for meta in objects:
        parent = meta.path.rpartition("/")[0]
        if parent != folder or filled + meta.size > wanted:
            found.append([])
            filled, folder = 0, parent
        found[-1].append(meta)
        filled += meta.size
    return tuple(map(tuple, found))
