"""Unbox."""

from typing import TYPE_CHECKING, Any

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class Unbox(GlueTransform):
    """A string field parsed in its place."""

    def __call__(
        self,
        frame: "DynamicFrame",
        path: str,
        format: str | None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        **options: Any,
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame.unbox(path, format, transformation_ctx, info, stageThreshold, totalThreshold, **options)
