"""UnnestFrame."""

from awsglue.transforms.transform import GlueTransform


class UnnestFrame(GlueTransform):
    """Nested fields as columns."""

    def __call__(self, frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Apply the transform."""
        return frame.unnest(transformation_ctx, info, stageThreshold, totalThreshold)
