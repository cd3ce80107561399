"""The logs of runs in a state folder, for those who read them over the network."""

from placekeeper.host.state_folder import StateFolder
from placekeeper.ports.logs import Stream


class FolderLogs:
    """Implements ports.logs.RunLogs: reads logs where job processes write them."""

    def __init__(self, folder: StateFolder) -> None:
        self._folder = folder

    def read(self, run_id: str, stream: Stream, start: int, size: int) -> bytes:
        """At most `size` bytes from the byte `start`; none before the run has begun."""
        kept = self._folder.logs(run_id)
        try:
            with (kept.output if stream == "output" else kept.error).open("rb") as log:
                log.seek(start)
                return log.read(size)
        except FileNotFoundError:
            return b""
