"""Writing: one Arrow sink for every engine."""

from placekeeper.runtime.sink.tasks import write

__all__ = ["write"]
