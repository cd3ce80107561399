"""AWS's time window, as far as the ledger needs it: to say what AWS would have lost (bookmarks.md §4.1)."""

import msgspec


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The instants (epoch ms) that bound a run's choice.

    `previous_start_ms` is T1, the start of the last successful run, None for a first run; `previous_band_ms`
    is dt of that run; `start_ms` is T2, this run's start; `band_ms` is dt of this run.
    """

    start_ms: int
    band_ms: int
    previous_start_ms: int | None = None
    previous_band_ms: int = 0

    def is_late(self, last_modified_ms: int) -> bool:
        """Whether AWS's window has closed over this instant: m ≤ T1 - dt."""
        if self.previous_start_ms is None:
            return False
        return last_modified_ms <= self.previous_start_ms - self.previous_band_ms

    def is_after_start(self, last_modified_ms: int) -> bool:
        """Whether this is left for the next run: m > T2."""
        return last_modified_ms > self.start_ms

    def is_in_band(self, last_modified_ms: int) -> bool:
        """Whether the next run may still see this object late: T2 - dt < m ≤ T2."""
        return self.start_ms - self.band_ms < last_modified_ms <= self.start_ms
