"""The cut of the chosen objects into tasks: how many tasks there are, and which objects each one reads.

Objects, and pieces of objects, are named by their places in the list. What a task reads is named by nothing
else.
"""

import heapq
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from placekeeper.model.objects import ObjectMeta, ObjectMetas

TASK_BYTES: Final = 64 * 1024 * 1024
"""Bytes of objects that one task reads, more or less."""

OPEN_BYTES: Final = 1024 * 1024
OPEN_LOCAL_BYTES: Final = 4096
"""What opening an object costs, in bytes that could have been read meanwhile: a round trip, or very little.

Tasks that wait for a store may be many. Sail runs all at once, and those that wait for nothing then wait for
each other, at twice the cost of each file.
"""

TASKS_AT_ONCE: Final = 32
"""Tasks for each that runs at once: more are no faster."""

_COSTS_AT_ONCE: Final = 65_536
_LOCAL: Final = "file://"

Places: TypeAlias = npt.NDArray[np.int64]
"""Places in the list of objects, rising."""


class Grouping(msgspec.Struct, frozen=True):
    """groupFiles "inPartition": a task reads files of one folder, up to `size` bytes if it is given."""

    size: int | None


def openings_of(objects: ObjectMetas) -> Places:
    """What opening each object costs, in bytes that could be read meanwhile."""
    is_local = pc.starts_with(objects.column("path"), _LOCAL).to_numpy()
    costs: Places = np.where(is_local, OPEN_LOCAL_BYTES, OPEN_BYTES)
    return costs


def is_local(meta: ObjectMeta) -> bool:
    """Whether an object is on a local disk, and opening it is no round trip."""
    return meta.path.startswith(_LOCAL)


def bins(costs: Places, *, parallelism: int) -> Sequence[Places]:
    """The places of each task, given the cost of each place: each once, no task empty, costs evenly spread.

    There are at least `parallelism` tasks when there are as many places, and about one per TASK_BYTES, up to
    TASKS_AT_ONCE times `parallelism`: a multiple of it, so that none is busy alone at the end. Tasks come in
    the order of their first places.
    """
    if not len(costs):
        return ()
    rounds = min(-(-int(costs.sum()) // (TASK_BYTES * parallelism)), TASKS_AT_ONCE)
    count = min(len(costs), max(rounds, 1) * parallelism)
    loads = [(0, number) for number in range(count)]
    numbers = np.empty(len(costs), np.int32)
    largest_first = np.argsort(-costs, kind="stable")
    for begin in range(0, len(costs), _COSTS_AT_ONCE):
        some = largest_first[begin : begin + _COSTS_AT_ONCE]
        taken = []
        for cost in costs[some].tolist():
            load, number = loads[0]
            heapq.heapreplace(loads, (load + cost, number))
            taken.append(number)
        numbers[some] = taken
    places = np.argsort(numbers, kind="stable")
    ends = np.cumsum(np.bincount(numbers, minlength=count))
    return sorted(np.split(places, ends[:-1]), key=lambda some: int(some[0]))


def groups(objects: ObjectMetas, *, size: int | None, parallelism: int) -> Sequence[Places]:
    """The places of each task as groupFiles wants them: of one folder, of a size.

    `size` is in bytes; without it, as much as gives each of `parallelism` tasks its share. Objects keep
    their order.

    Source: docs/reference/awsglue.md#grouping.
    """
    wanted = size or -(-objects.size // parallelism)
    begins: list[int] = []
    filled, folder = 0, None
    for place, meta in enumerate(objects):
        parent = meta.path.rpartition("/")[0]
        if parent != folder or filled + meta.size > wanted:
            begins.append(place)
            filled, folder = 0, parent
        filled += meta.size
    return [np.arange(begin, end) for begin, end in pairwise([*begins, len(objects)])]
