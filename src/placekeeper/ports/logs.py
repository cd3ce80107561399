"""The logs of runs."""

from typing import Literal, Protocol

Stream = Literal["output", "error"]


class RunLogs(Protocol):
    """Reads the logs of runs."""

    def read(self, run_id: str, stream: Stream, start: int, size: int) -> bytes:
        """At most `size` bytes of a stream of a run, from the byte `start`; none past its end."""
