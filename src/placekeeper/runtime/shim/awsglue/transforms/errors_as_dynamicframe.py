"""ErrorsAsDynamicFrame."""

from awsglue.transforms.transform import GlueTransform


class ErrorsAsDynamicFrame(GlueTransform):
    """The error records of a frame."""

    def __call__(self, frame):
        """Apply the transform."""
        return frame.errorsAsDynamicFrame()
