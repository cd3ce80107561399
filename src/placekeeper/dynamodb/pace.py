"""The pace of requests: a share of a table's capacity, so that its other users keep theirs."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any


class Pace:
    """Waits after requests, so that they use no more than so many capacity units a second; 0 is no bound."""

    def __init__(
        self,
        units: float,
        sleep: Callable[[float], None] = time.sleep,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._units, self._sleep, self._seconds = units, sleep, seconds
        self._free_at = 0.0

    @property
    def asks(self) -> dict[str, str]:
        """What a request says to be told of the units that it uses."""
        return {"ReturnConsumedCapacity": "TOTAL"} if self._units else {}

    def spent(self, told: Mapping[str, Any] | Iterable[Mapping[str, Any]] | None) -> None:
        """Wait as long as the units that an answer tells of are worth."""
        if not self._units or not told:
            return
        parts = [told] if isinstance(told, Mapping) else told
        units = sum(float(one.get("CapacityUnits") or 0) for one in parts)
        now = self._seconds()
        self._free_at = max(self._free_at, now) + units / self._units
        self._sleep(self._free_at - now)
