"""The clock, which is injected."""

from typing import Protocol


class Clock(Protocol):
    """The only source of time."""

    def now_ms(self) -> int:
        """Epoch milliseconds, UTC."""
        ...
