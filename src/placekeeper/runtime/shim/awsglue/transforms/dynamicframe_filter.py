"""Filter."""

from awsglue.transforms.transform import GlueTransform


class Filter(GlueTransform):
    """The records for which a function is true."""

    def __call__(self, frame, f, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Apply the transform."""
        return frame.filter(f, transformation_ctx, info, stageThreshold, totalThreshold)
