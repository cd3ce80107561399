"""Transforms of fields and rows."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection


class RenameField(GlueTransform):
    """A field under another path."""

    def __call__(
        self,
        frame: "DynamicFrame",
        old_name: str,
        new_name: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame.rename_field(
            old_name, new_name, transformation_ctx, info, stageThreshold, totalThreshold
        )


class DropFields(GlueTransform):
    """All but the named fields."""

    def __call__(
        self,
        frame: "DynamicFrame",
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame.drop_fields(paths, transformation_ctx, info, stageThreshold, totalThreshold)


class SelectFields(GlueTransform):
    """The named fields alone."""

    def __call__(
        self,
        frame: "DynamicFrame",
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame.select_fields(paths, transformation_ctx, info, stageThreshold, totalThreshold)


class SplitFields(GlueTransform):
    """Two frames: the named fields, and the rest."""

    def __call__(
        self,
        frame: "DynamicFrame",
        paths: str | Iterable[str],
        name1: str | None = None,
        name2: str | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrameCollection":
        """Apply the transform."""
        base = frame.name or "frame"
        return frame.split_fields(
            paths,
            name1 or f"{base}1",
            name2 or f"{base}2",
            transformation_ctx,
            info,
            stageThreshold,
            totalThreshold,
        )


class SplitRows(GlueTransform):
    """Two frames: the records that fulfil every comparison, and the others."""

    def __call__(
        self,
        frame: "DynamicFrame",
        comparison_dict: Mapping[str, Mapping[str, Any]],
        name1: str = "frame1",
        name2: str = "frame2",
        transformation_ctx: str = "",
        info: str | None = None,
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrameCollection":
        """Apply the transform."""
        return frame.split_rows(
            comparison_dict, name1, name2, transformation_ctx, info, stageThreshold, totalThreshold
        )


class Join(GlueTransform):
    """Records of two frames with equal keys."""

    def __call__(
        self,
        frame1: "DynamicFrame",
        frame2: "DynamicFrame",
        keys1: str | Iterable[str],
        keys2: str | Iterable[str],
        transformation_ctx: str = "",
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame1.join(keys1, keys2, frame2, transformation_ctx)


class Spigot(GlueTransform):
    """A sample of the records, written aside."""

    def __call__(
        self, frame: "DynamicFrame", path: str, options: Mapping[str, Any], transformation_ctx: str = ""
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame.spigot(path, options, transformation_ctx)
