"""Methods of DynamicFrame that apply a function of the script to records, and those about error records."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from awsglue.utils import callsite
from placekeeper.runtime.frames.combination import union
from placekeeper.runtime.frames.deferred import Deferred
from placekeeper.runtime.frames.errors import CallSite
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.functions import Filtering, Mapping, PartitionMapping, RecordFunction
from placekeeper.runtime.frames.schema import no_errors
from placekeeper.runtime.run import current

if TYPE_CHECKING:
    from awsglue.context import GlueContext
    from awsglue.dynamicframe import DynamicFrame


class FunctionsFrame:
    """A part of DynamicFrame. A function runs once per record, when something needs what it makes."""

    glue_ctx: "GlueContext"
    name: str
    _frame: Frame

    def _with(self, frame: Frame | Deferred, name: str | None = None) -> "DynamicFrame":
        raise NotImplementedError

    def _applied(
        self, kind: str, function: RecordFunction, transformation_ctx: str, info: str
    ) -> "DynamicFrame":
        session = current.session_of_frame()
        call = session.call(kind, transformation_ctx, CallSite(callsite(), str(info or "")))
        return self._with(Deferred(lambda: session.apply(self._frame, function, call)))

    def filter(
        self,
        f: Callable[..., Any],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """The records for which f is true; KeyError, ValueError and TypeError in it drop the record.

        Any other exception in it makes an error record.
        """
        return self._applied("filter", Filtering(f), transformation_ctx, info)

    def map(
        self,
        f: Callable[..., Any],
        preservesPartitioning: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """What f makes of each record; an exception in it, None and an empty record make an error record."""
        return self._applied("map", Mapping(f), transformation_ctx, info)

    def mapPartitions(
        self,
        f: Callable[..., Any],
        preservesPartitioning: bool = True,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """What f makes of a partition's records: both are dicts with record, isError, errorMessage."""
        return self._applied("mapPartitions", PartitionMapping(f), transformation_ctx, info)

    def mapPartitionsWithIndex(
        self,
        f: Callable[..., Any],
        preservesPartitioning: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """The same; f takes the number of the partition, then its records."""
        function = PartitionMapping(f, has_index=True)
        return self._applied("mapPartitionsWithIndex", function, transformation_ctx, info)

    def errorsAsDynamicFrame(self) -> "DynamicFrame":
        """The error records of the frame: a struct `error` each."""
        frames = [stage.frame() for stage in self._frame.errors.stages]
        if not frames:
            return self._errors_with(no_errors(current.session().spark))
        found = frames[0]
        for more in frames[1:]:
            found = union(found, more)
        return self._errors_with(found)

    def _errors_with(self, frame: Frame) -> "DynamicFrame":
        return type(self)(frame, self.glue_ctx, f"{self.name}_errors")  # type: ignore[call-arg, return-value]

    def errorsCount(self) -> int:
        """How many error records there are, of all transforms that made the frame."""
        return self._frame.errors.total

    def stageErrorsCount(self) -> int:
        """How many there are of the last transform alone."""
        return self._frame.errors.of_stage

    def assertErrorThreshold(self) -> None:
        """Evaluate the functions that made the frame; raise if a threshold of theirs is reached."""
        _ = self._frame
