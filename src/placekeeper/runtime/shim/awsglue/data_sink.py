"""A target: getSink, setFormat, writeFrame."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pyspark.sql import DataFrame

from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from placekeeper.model.errors import UsageError
from placekeeper.runtime.frames.frame import SourceRows
from placekeeper.runtime.frames.schema import choice_names, empty_frame
from placekeeper.runtime.run import current
from placekeeper.runtime.run.script_options import check_collection

if TYPE_CHECKING:
    from awsglue.context import GlueContext

_PLACES: Final = ("path", "dynamodb.output.tableName", "dbtable")
"""Options that name where a sink writes."""


@dataclass
class PendingWrite:
    """What getSink was told."""

    connection_type: str
    connection_options: dict[str, Any]
    transformation_ctx: str
    format: str | None = None
    format_options: dict[str, Any] = field(default_factory=dict)
    table: tuple[str, str] | None = None


class DataSink:
    """Where frames go."""

    def __init__(self, j_sink: PendingWrite, sql_ctx: "GlueContext") -> None:
        self._pending = j_sink
        self._sql_ctx = sql_ctx

    def setFormat(self, format: str | None, **options: Any) -> None:
        """Say what the files shall be."""
        self._pending.format = format
        self._pending.format_options = options

    def setAccumulableSize(self, size: int) -> None:
        """Has no effect: errors fail the run and are not accumulated."""

    def setCatalogInfo(self, catalogDatabase: str, catalogTableName: str, catalogId: str = "") -> None:
        """Say which table of the Data Catalog the files are of. There is one catalog, so catalogId has no
        effect."""
        self._pending.table = (catalogDatabase, catalogTableName)

    def writeFrame(self, dynamic_frame: "DynamicFrame", info: str = "") -> "DynamicFrame":
        """Write a frame; the frame of its errors, which is always empty."""
        session = current.session()
        choices = choice_names(dynamic_frame._frame.schema)
        if choices:
            options = self._pending.connection_options
            named = [options[name] for name in _PLACES if options.get(name)]
            named += ["" if self._pending.table is None else ".".join(self._pending.table), "a sink"]
            session.note(
                f"{next(filter(None, named))}: {', '.join(choices)} held more than one type and was written "
                "as a struct with one field per type"
            )
        frame = dynamic_frame._frame
        self._write(session, dynamic_frame.toDF(), self._pending.connection_options, frame.known)
        return DynamicFrame(empty_frame(session.spark), self._sql_ctx, f"{dynamic_frame.name}_errors")

    def writeDataFrame(self, data_frame: DataFrame, glue_context: "GlueContext", info: str = "") -> DataFrame:
        """Write a DataFrame."""
        self._write(current.session(), data_frame, self._pending.connection_options)
        return data_frame

    def write(
        self, dynamic_frame_or_dfc: "DynamicFrame | DynamicFrameCollection", info: str = ""
    ) -> "DynamicFrame | DynamicFrameCollection":
        """Write a frame, or each frame of a collection in a folder of its name."""
        if isinstance(dynamic_frame_or_dfc, DynamicFrame):
            return self.writeFrame(dynamic_frame_or_dfc, info)
        if not isinstance(dynamic_frame_or_dfc, DynamicFrameCollection):
            raise TypeError(
                "frame_or_dfc must be DynamicFrame or DynamicFrameCollection. "
                f"Got {type(dynamic_frame_or_dfc)}"
            )
        check_collection(self._pending.connection_type)
        errors = {}
        if self._pending.table is not None:
            raise UsageError(
                f"a collection of frames cannot be written to the one table {'.'.join(self._pending.table)}: "
                "write each frame with a sink of its own, or leave setCatalogInfo out"
            )
        path = str(self._pending.connection_options.get("path", "")).rstrip("/")
        for key in dynamic_frame_or_dfc.keys():  # noqa: SIM118 - a collection is no dict
            options = {**self._pending.connection_options, "path": f"{path}/{key}"}
            pending = PendingWrite(
                self._pending.connection_type,
                options,
                self._pending.transformation_ctx,
                self._pending.format,
                self._pending.format_options,
            )
            errors[key] = DataSink(pending, self._sql_ctx).writeFrame(dynamic_frame_or_dfc[key], info)
        return DynamicFrameCollection(errors, self._sql_ctx)

    def _write(
        self,
        session: current.Session,
        dataframe: DataFrame,
        connection_options: Mapping[str, Any],
        known: SourceRows | None = None,
    ) -> None:
        pending = self._pending
        session.write(
            dataframe,
            connection_type=pending.connection_type,
            connection_options=connection_options,
            format=pending.format,
            format_options=pending.format_options,
            transformation_ctx=pending.transformation_ctx,
            table=pending.table,
            known=known,
        )
