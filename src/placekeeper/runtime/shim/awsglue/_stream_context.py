"""Streams, as a part of GlueContext."""

from collections.abc import Callable, Mapping
from typing import Any

from pyspark.sql import DataFrame

from placekeeper.runtime.run import current
from placekeeper.runtime.run.script_options import options_of


class StreamContext:
    """A part of GlueContext."""

    def forEachBatch(
        self, frame: DataFrame, batch_function: Callable[..., Any], options: Mapping[str, Any] = {}
    ) -> None:
        """Give each batch of a streaming DataFrame, and its number, to a function; empty ones are skipped.

        It returns when the stream ends: never by itself, or with --stream-mode once when all is read.
        """
        current.session().for_each_batch(frame, batch_function, options_of("options", options))
