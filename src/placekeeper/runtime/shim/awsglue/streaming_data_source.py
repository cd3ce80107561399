"""Streaming sources."""

from typing import TYPE_CHECKING, Any

from awsglue._absent import absent

if TYPE_CHECKING:
    pass


class StreamingDataSource:
    """Not there yet."""

    def __init__(self, j_source: object, sql_ctx: object, name: str) -> None:
        absent("a streaming source", "use Spark's own spark.readStream on an engine that has it")

    def setFormat(self, format: str | None, **options: Any) -> None:
        """Not there yet."""

    def getFrame(self) -> None:
        """Not there yet."""
