"""How many tasks read the chosen objects, and which objects each of them reads."""

import heapq
from collections.abc import Sequence

from placekeeper.model.objects import ObjectMeta

TASK_BYTES = 64 * 1024 * 1024
"""Bytes of objects that one task reads, more or less."""

OPEN_BYTES = 1024 * 1024
"""What opening an object costs, in bytes that could have been read meanwhile."""


def bins(objects: Sequence[ObjectMeta], *, parallelism: int) -> tuple[tuple[ObjectMeta, ...], ...]:
    """The objects of each task: every object once, no task empty, bytes evenly spread.

    There are at least `parallelism` tasks when there are as many objects, and about one per TASK_BYTES.
    Within a task, objects keep the order they have in `objects`.
    """
    if not objects:
        return ()
    costs = [meta.size + OPEN_BYTES for meta in objects]
    count = min(len(objects), max(parallelism, -(-sum(costs) // TASK_BYTES)))
    loads = [(0, number) for number in range(count)]
    members: list[list[int]] = [[] for _ in range(count)]
    for index in sorted(range(len(objects)), key=lambda i: (-costs[i], i)):
        load, number = heapq.heappop(loads)
        members[number].append(index)
        heapq.heappush(loads, (load + costs[index], number))
    ordered = sorted(sorted(indices) for indices in members)
    return tuple(tuple(objects[index] for index in indices) for indices in ordered)
