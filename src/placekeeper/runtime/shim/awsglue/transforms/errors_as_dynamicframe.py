"""ErrorsAsDynamicFrame."""

from typing import TYPE_CHECKING

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class ErrorsAsDynamicFrame(GlueTransform):
    """The error records of a frame."""

    def __call__(self, frame: "DynamicFrame") -> "DynamicFrame":
        """Apply the transform."""
        return frame.errorsAsDynamicFrame()
