"""The logs of runs in a state's folder, for those who read them over the network."""

from placekeeper.ports.logs import Stream
from placekeeper.wiring.state import State


class KeptLogs:
    """Reads logs where job processes write them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def read(self, run_id: str, stream: Stream, start: int, size: int) -> bytes:
        """At most `size` bytes from the byte `start`; none before the run has begun."""
        kept = self._state.logs(run_id)
        try:
            with (kept.output if stream == "output" else kept.error).open("rb") as log:
                log.seek(start)
                return log.read(size)
        except FileNotFoundError:
            return b""
