"""Union."""

from typing import TYPE_CHECKING

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class Union(GlueTransform):
    """The records of two frames."""

    def __call__(
        self,
        frame1: "DynamicFrame",
        frame2: "DynamicFrame",
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame1.union(frame2, transformation_ctx, info, stageThreshold, totalThreshold)
