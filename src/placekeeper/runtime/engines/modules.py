"""Whether a module can be imported, without importing it."""

import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder


def is_found(name: str, *, also_in: Sequence[str] = ()) -> bool:
    """Whether a module of this name, without dots, is on the path, or in what `also_in` lists."""
    return PathFinder.find_spec(name, [*also_in, *sys.path]) is not None
