"""Filter."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class Filter(GlueTransform):
    """The records for which a function is true."""

    def __call__(
        self,
        frame: "DynamicFrame",
        f: Callable[..., Any],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Apply the transform."""
        return frame.filter(f, transformation_ctx, info, stageThreshold, totalThreshold)
