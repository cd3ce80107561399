"""forEachBatch: a stream of Spark's, whose batches are given to a function of the script."""

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct
from pyspark import StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from placekeeper.model.errors import PlacekeeperError, UsageError
from placekeeper.model.wording import counted
from placekeeper.rules.jobs.run_options import StreamMode
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.run.output import Output

BatchFunction = Callable[[DataFrame, int], object]
"""Gets the rows of a batch, and its number from 0."""

_KNOWN: Final = frozenset(
    {"windowSize", "checkpointLocation", "batchMaxRetries", "persistDataFrame", "storageLevel"}
)
_MOST_RETRIES: Final = 100
_LONGEST_WAIT: Final = 30
_POLL_SECONDS: Final = 1
_FOREVER: Final = (
    "placekeeper: the stream runs until the run is stopped. With --stream-mode once it ends when all that is "
    "there is read\n"
)


class StreamOptions(Struct, frozen=True):
    """The options of forEachBatch. `window` is an interval of Spark's, as '10 seconds'."""

    window: str
    checkpoint: str
    retries: int
    persists: bool
    storage_level: str

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "StreamOptions":
        """The options as a script gives them. Raises UsageError for one that is missing or wrong."""
        for name in ("windowSize", "checkpointLocation"):
            if not str(options.get(name) or "").strip():
                raise UsageError(
                    f"forEachBatch needs the option {name}: options={{'windowSize': '100 seconds', "
                    "'checkpointLocation': …}"
                )
        retries = str(options.get("batchMaxRetries", 3))
        if not (retries.isascii() and retries.isdigit()) or int(retries) > _MOST_RETRIES:
            raise UsageError(
                f"forEachBatch: batchMaxRetries is a whole number from 0 to {_MOST_RETRIES}, not {retries!r}"
            )
        level = str(options.get("storageLevel", "MEMORY_AND_DISK"))
        if not isinstance(getattr(StorageLevel, level, None), StorageLevel):
            raise UsageError(f"forEachBatch: storageLevel is one of Spark's storage levels, not {level!r}")
        persists = str(options.get("persistDataFrame", True)).lower() != "false"
        return cls(
            str(options["windowSize"]), str(options["checkpointLocation"]), int(retries), persists, level
        )


def unknown_options(options: Mapping[str, Any]) -> list[str]:
    """The names of options that forEachBatch does not know."""
    return sorted(options.keys() - _KNOWN)


def for_each_batch(
    frame: object,
    function: BatchFunction,
    options: StreamOptions,
    *,
    engine: Engine,
    output: Output,
    mode: StreamMode,
    note: Callable[[str], None],
) -> None:
    """Give each batch of a stream that has rows to `function`, until the stream ends or the run is stopped.

    What the function writes is published when it returns; then Spark's checkpoint knows the batch. Raises
    what the function raised at last, and UsageError for a frame or options that do not fit.
    """
    if not isinstance(frame, DataFrame) or not frame.isStreaming:
        raise UsageError(
            "forEachBatch takes a streaming DataFrame, as spark.readStream….load() gives one, not a "
            f"{type(frame).__name__}{' that is read at once' if isinstance(frame, DataFrame) else ''}"
        )
    unreachable = engine.unreachable(options.checkpoint)
    if unreachable is not None:
        raise UsageError(
            f"forEachBatch: Spark cannot keep its checkpoint at {options.checkpoint}: {unreachable}. Give a "
            "local folder as checkpointLocation, for example by --TempDir"
        )
    batches = _Batches(function, options, output, note)
    writer = frame.writeStream.foreachBatch(batches).option("checkpointLocation", options.checkpoint)
    try:
        if mode is StreamMode.ONCE:
            query = writer.trigger(availableNow=True).start()
        else:
            query = writer.trigger(processingTime=options.window).start()
            sys.stderr.write(_FOREVER)
    except PySparkException as error:
        raise UsageError(f"forEachBatch: Spark does not start the stream: {error}") from error
    try:
        while not query.awaitTermination(_POLL_SECONDS):
            pass
    except PySparkException:
        if batches.failure is not None:
            raise batches.failure from None
        raise
    finally:
        query.stop()
        batches.say()


class _Batches:
    """Called by Spark with each batch, in a thread of its own."""

    def __init__(
        self, function: BatchFunction, options: StreamOptions, output: Output, note: Callable[[str], None]
    ) -> None:
        self._function = function
        self._options = options
        self._output = output
        self._note = note
        self._done = self._empty = 0
        self.failure: BaseException | None = None
        """What the function raised at last."""

    def __call__(self, rows: DataFrame, number: int) -> None:
        if self._options.persists:
            rows = rows.persist(getattr(StorageLevel, self._options.storage_level))
        try:
            if rows.isEmpty():
                self._empty += 1
                return
            self._until_it_works(rows, number)
            self._done += 1
        finally:
            if self._options.persists:
                rows.unpersist()

    def say(self) -> None:
        """Note what became of the stream."""
        self._note(
            f"forEachBatch: {counted(self._done, 'batch', 'batches')} had rows, {self._empty:,} had none. "
            "Output of a batch is visible when its function returns, and delivered at least once"
        )

    def _until_it_works(self, rows: DataFrame, number: int) -> None:
        for attempt in range(self._options.retries + 1):
            try:
                with self._output.batch():
                    self._function(rows, number)
            except BaseException as error:
                self.failure = error  # the thread that waits raises it; Spark would only tell its text
                is_last = attempt == self._options.retries
                if is_last or isinstance(error, PlacekeeperError) or not isinstance(error, Exception):
                    raise
                self._note(
                    f"forEachBatch: batch {number} is tried again after {type(error).__name__}: {error}"
                )
                time.sleep(min(2**attempt, _LONGEST_WAIT))
            else:
                self.failure = None
                return
