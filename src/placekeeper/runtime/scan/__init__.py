"""Reading: one Arrow scan for every engine."""

from placekeeper.runtime.scan.tasks import scan

__all__ = ["scan"]
