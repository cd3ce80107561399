"""Repartition."""

from typing import TYPE_CHECKING

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class Repartition(GlueTransform):
    """The same records in that many partitions."""

    def __call__(
        self,
        frame: "DynamicFrame",
        num_partitions: int,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame.repartition(num_partitions, transformation_ctx, info, stageThreshold, totalThreshold)
