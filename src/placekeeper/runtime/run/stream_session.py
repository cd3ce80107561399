"""The part of a run's session that works on streams."""

from collections.abc import Mapping
from typing import Any

from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.streams import BatchFunction, StreamOptions, for_each_batch, unknown_options


class StreamSession:
    """A part of JobSession."""

    _context: RunContext
    _output: Output

    def for_each_batch(self, frame: object, function: BatchFunction, options: Mapping[str, Any]) -> None:
        """GlueContext.forEachBatch: it returns when the stream ends. Raises what `for_each_batch` raises."""
        for name in unknown_options(options):
            self._context.note(f"forEachBatch: the option {name} is unknown, and has no effect")
        for_each_batch(
            frame,
            function,
            StreamOptions.of(options),
            engine=self._context.engine,
            output=self._output,
            mode=self._context.options.stream_mode,
            note=self._context.note,
        )
