"""A source under construction: getSource, setFormat, getFrame."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame

from awsglue.dynamicframe import DynamicFrame
from placekeeper.runtime.run import current

if TYPE_CHECKING:
    from awsglue.context import GlueContext


@dataclass
class PendingRead:
    """What getSource was told."""

    connection_type: str
    connection_options: dict[str, Any]
    transformation_ctx: str
    format: str | None = None
    format_options: dict[str, Any] = field(default_factory=dict)
    push_down_predicate: str = ""


class DataSource:
    """Where a frame comes from; nothing is read before getFrame."""

    def __init__(self, j_source: PendingRead, sql_ctx: "GlueContext", name: str) -> None:
        self._pending = j_source
        self._sql_ctx = sql_ctx
        self.name = name

    def setFormat(self, format: str | None, **options: Any) -> None:
        """Say what the files are."""
        self._pending.format = format
        self._pending.format_options = options

    def getFrame(self, **options: Any) -> "DynamicFrame":
        """Read the source."""
        frame = current.session().read(
            connection_type=self._pending.connection_type,
            connection_options=self._pending.connection_options,
            format=self._pending.format,
            format_options=self._pending.format_options,
            transformation_ctx=self._pending.transformation_ctx,
            push_down_predicate=self._pending.push_down_predicate,
        )
        return DynamicFrame(frame, self._sql_ctx, self.name)

    def getSampleFrame(self, num: int | None, **options: Any) -> "DynamicFrame":
        """Read at most `num` records of some files; no bookmark follows them."""
        frame = current.session().sample(
            num,
            options,
            self._pending.transformation_ctx,
            lambda size: current.session().read(
                connection_type=self._pending.connection_type,
                connection_options=self._pending.connection_options,
                format=self._pending.format,
                format_options=self._pending.format_options,
                transformation_ctx="",
                push_down_predicate=self._pending.push_down_predicate,
                sample=size,
            ),
        )
        return DynamicFrame(frame, self._sql_ctx, self.name)

    def getDataFrame(self) -> DataFrame:
        """Read the source as a DataFrame."""
        return self.getFrame().toDF()
