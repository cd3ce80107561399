"""Where the logs of runs can be read."""

from typing import Literal, Protocol

Stream = Literal["output", "error"]


class RunLogs(Protocol):
    """What runs said, as it is kept."""

    def read(self, run_id: str, stream: Stream, start: int, size: int) -> bytes:
        """At most `size` bytes of a stream of a run, from the byte `start`; none past its end."""
