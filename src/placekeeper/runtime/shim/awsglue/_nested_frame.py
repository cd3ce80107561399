"""Methods of DynamicFrame that restructure nested records, merge frames and write samples."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from awsglue.utils import _global_args, callsite
from placekeeper.runtime.frames import dynamodb, flattening
from placekeeper.runtime.frames.combination import merge
from placekeeper.runtime.frames.errors import CallSite
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.paths import parse_path, parse_paths
from placekeeper.runtime.frames.sampling import Sampling, sample, unknown_options
from placekeeper.runtime.run import current

if TYPE_CHECKING:
    from awsglue.context import GlueContext
    from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection


class NestedFrame:
    """A part of DynamicFrame."""

    _frame: Frame
    glue_ctx: "GlueContext"

    if TYPE_CHECKING:

        def _with(self, frame: Frame, name: str | None = None, *others: "DynamicFrame") -> "DynamicFrame": ...

        def _collection(self, frames: Mapping[str, Frame]) -> "DynamicFrameCollection": ...

    def relationalize(
        self,
        root_table_name: str,
        staging_path: str | None,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrameCollection":
        """Flat tables: the root, and one for each array. Nothing is written to the staging path."""
        if staging_path is None and _global_args.get("TempDir") is None:
            raise RuntimeError("relationalize needs a staging_path, or the job argument --TempDir")
        session = current.session_of_frame()
        if options:
            session.note(f"relationalize has no options here: {', '.join(sorted(options))} had no effect")
        tables = session.nested.relationalize(self._frame, root_table_name, transformation_ctx)
        return self._collection(tables)

    def unnest(
        self, transformation_ctx: str = "", info: str = "", stageThreshold: int = 0, totalThreshold: int = 0
    ) -> "DynamicFrame":
        """A column for each field of the structs, named by its path; arrays stay arrays."""
        return self._with(flattening.unnest(self._frame))

    def unbox(
        self,
        path: str,
        format: str | None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        **options: Any,
    ) -> "DynamicFrame":
        """A column of texts becomes what the texts hold; a text that cannot be read makes an error record."""
        session = current.session_of_frame()
        call = session.call("unbox", transformation_ctx, CallSite(callsite(), str(info or "")))
        return self._with(
            session.nested.unbox(
                self._frame,
                parse_path(path),
                format or "",
                options,
                transformation_ctx,
                lambda frame, function: session.apply(frame, function, call),
            )
        )

    def unnest_ddb_json(
        self, transformation_ctx: str = "", info: str = "", stageThreshold: int = 0, totalThreshold: int = 0
    ) -> "DynamicFrame":
        """Values of DynamoDB's JSON as columns, without their types; lists keep theirs."""
        return self._with(dynamodb.unnest(self._frame))

    def simplify_ddb_json(self) -> "DynamicFrame":
        """Values of DynamoDB's JSON as plain values: structs, arrays and single values."""
        return self._with(dynamodb.simplify(self._frame))

    def mergeDynamicFrame(
        self,
        stage_dynamic_frame: "DynamicFrame",
        primary_keys: str | Iterable[str],
        transformation_ctx: str = "",
        options: Mapping[str, Any] = {},
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """The records whose keys the staging frame has not, and all records of the staging frame."""
        if not isinstance(stage_dynamic_frame, type(self)):
            raise TypeError(
                f"mergeDynamicFrame takes a DynamicFrame, not {type(stage_dynamic_frame).__name__}: "
                "see DynamicFrame.fromDF"
            )
        merged = merge(self._frame, stage_dynamic_frame._frame, parse_paths(primary_keys))
        return self._with(merged, None, stage_dynamic_frame)

    def spigot(
        self,
        path: str,
        options: Mapping[str, Any] | None = {},
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Write a sample of the records as JSON: the first `topk` of those drawn with `prob`. The frame."""
        given = dict(options or {})
        for name in unknown_options(given):
            current.session().note(f"spigot ignored the unknown option '{name}'")
        drawn = self._with(sample(self._frame, Sampling.of(given)))
        self.glue_ctx.write_dynamic_frame_from_options(
            drawn, "s3", {"path": path}, "json", {}, transformation_ctx
        )
        return self._with(self._frame)
