"""Map."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class Map(GlueTransform):
    """What a function makes of each record."""

    def __call__(
        self,
        frame: "DynamicFrame",
        f: Callable[..., Any],
        preservesPartitioning: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame.map(f, preservesPartitioning, transformation_ctx, info, stageThreshold, totalThreshold)
