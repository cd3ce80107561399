"""UnnestFrame."""

from typing import TYPE_CHECKING

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class UnnestFrame(GlueTransform):
    """Nested fields as columns."""

    def __call__(
        self,
        frame: "DynamicFrame",
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame.unnest(transformation_ctx, info, stageThreshold, totalThreshold)
