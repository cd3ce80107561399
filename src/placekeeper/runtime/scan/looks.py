"""A look at each of many objects: of objects that are far, at several at a time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from placekeeper.model.objects import ObjectMeta
from placekeeper.runtime.scan.bins import is_local

_THREADS: Final = 16
_Seen = TypeVar("_Seen")


def looks(look: Callable[[ObjectMeta], _Seen], objects: Sequence[ObjectMeta]) -> Iterator[_Seen]:
    """What `look` gives for each object, in their order. Raises what it raises.

    Threads that look at local objects would wait for Python's lock only.
    """
    if all(map(is_local, objects)):
        yield from map(look, objects)
        return
    with ThreadPoolExecutor(max_workers=_THREADS) as threads:
        yield from threads.map(look, objects)
