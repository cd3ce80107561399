"""Map."""

from awsglue.transforms.transform import GlueTransform


class Map(GlueTransform):
    """What a function makes of each record."""

    def __call__(
        self,
        frame,
        f,
        preservesPartitioning=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Apply the transform."""
        return frame.map(f, preservesPartitioning, transformation_ctx, info, stageThreshold, totalThreshold)
