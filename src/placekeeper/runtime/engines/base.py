"""What the job process needs of an engine."""

from typing import Protocol

from pyspark.sql import SparkSession

SESSION_TIME_ZONE = "UTC"
"""Sessions are in UTC on every engine, as on AWS Glue."""


class Engine(Protocol):
    """Runs DataFrames. Starting and stopping are once each."""

    @property
    def name(self) -> str:
        """`sail` or `spark`."""
        ...

    @property
    def session(self) -> SparkSession:
        """The session that scripts get; there is none before `start`."""
        ...

    @property
    def parallelism(self) -> int:
        """How many tasks run at once."""
        ...

    def start(self) -> None:
        """Start the engine and its session. Raises MissingExtra, UnsupportedFeature or StateError."""
        ...

    def stop(self) -> None:
        """Stop what was started; it may have been stopped by the script already."""
        ...
