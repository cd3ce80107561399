"""The writes of one run: where each goes, what it stages, and what is said of it."""

from pyspark.sql import DataFrame

from placekeeper.rules.jobs.run_options import Visibility
from placekeeper.runtime.connectors.base import Asked
from placekeeper.runtime.connectors.registry import Connections, target_of
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output


class Writes:
    """Stages frames for a run's output."""

    def __init__(self, context: RunContext, connections: Connections, output: Output) -> None:
        self._context = context
        self._connections = connections
        self._output = output

    def write(self, dataframe: DataFrame, asked: Asked, context: str) -> None:
        """Stage a frame's rows, and what the catalog is told of them; `context` is transformation_ctx."""
        target = target_of(self._connections, asked, self._context.note)
        destination = target.discover(self._context, asked)
        uri = destination.uri
        for sentence in destination.notes:
            self._context.note(f"{uri}: {sentence}")
        is_late = self._output.is_decided
        if is_late:
            self._context.note(
                f"{uri}: written after job.commit(), so visible at once and delivered at least once"
            )
        self._output.announce(uri)
        self._context.checkpoint("sink.announced")
        effects = target.stage(
            self._context,
            destination,
            dataframe,
            number=len(self._output.sinks),
            immediate=is_late or self._context.options.output_visibility is Visibility.IMMEDIATE,
        )
        self._output.add(uri, context, effects)
