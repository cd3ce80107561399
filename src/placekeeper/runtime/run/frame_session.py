"""The part of a run's session that `df.write` and `spark.read` of a script come to."""

from collections.abc import Sequence

from placekeeper.runtime.engines.frame_files import Fetched, FrameRead, FrameWrite, LiteralPaths
from placekeeper.runtime.run.frame_reads import FrameReads
from placekeeper.runtime.run.frame_writes import FrameWrites


class FrameSession:
    """A part of JobSession; implements engines.frame_files.FrameFiles."""

    _frame_writes: FrameWrites
    _frame_reads: FrameReads

    def write_frame(self, write: FrameWrite) -> bool:
        """See FrameFiles."""
        return self._frame_writes.write(write)

    def check_read(self, paths: Sequence[str]) -> None:
        """See FrameFiles."""
        self._frame_reads.check(paths)

    def literal(self, read: FrameRead) -> LiteralPaths:
        """See FrameFiles."""
        return self._frame_reads.literal(read)

    def fetch(self, paths: Sequence[str]) -> Fetched:
        """See FrameFiles."""
        return self._frame_reads.fetch(paths)
