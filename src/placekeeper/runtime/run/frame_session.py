"""The part of a run's session that `df.write` and `spark.read` of a script come to."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame

from placekeeper.runtime.engines.frame_files import Fetched, FrameRead, FrameWrite, LiteralPaths
from placekeeper.runtime.engines.jdbc import FORMAT, is_jdbc
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.frame_databases import read_options, write_options
from placekeeper.runtime.run.frame_reads import FrameReads
from placekeeper.runtime.run.frame_writes import FrameWrites


class FrameSession:
    """A part of JobSession; implements engines.frame_files.FrameFiles."""

    _context: RunContext
    read: Callable[..., Frame]
    write: Callable[..., None]
    _frame_writes: FrameWrites
    _frame_reads: FrameReads

    def write_frame(self, write: FrameWrite) -> bool:
        """See FrameFiles."""
        if not is_jdbc(write.format):
            return self._frame_writes.write(write)
        options = write_options(self._context, write)
        if options is not None:
            self.write(
                write.dataframe,
                connection_type=FORMAT,
                connection_options=options,
                format=None,
                format_options={},
                transformation_ctx="",
            )
        return True

    def read_database(self, options: Mapping[str, Any], predicates: Sequence[str] = ()) -> DataFrame:
        """See FrameFiles."""
        return self.read(
            connection_type=FORMAT,
            connection_options=read_options(options, predicates),
            format=None,
            format_options={},
            transformation_ctx="",
        ).dataframe

    def check_read(self, paths: Sequence[str]) -> None:
        """See FrameFiles."""
        self._frame_reads.check(paths)

    def literal(self, read: FrameRead) -> LiteralPaths:
        """See FrameFiles."""
        return self._frame_reads.literal(read)

    def fetch(self, paths: Sequence[str]) -> Fetched:
        """See FrameFiles."""
        return self._frame_reads.fetch(paths)
