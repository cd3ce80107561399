"""The time of the last search for garbage in a state, by any process."""

from typing import Protocol


class LastTidied(Protocol):
    """One instant, kept beside the state, so that several processes do not all search."""

    def read_ms(self) -> int | None:
        """Epoch milliseconds; None before the first search."""
        ...

    def record(self) -> None:
        """Record that a search begins now."""
        ...
