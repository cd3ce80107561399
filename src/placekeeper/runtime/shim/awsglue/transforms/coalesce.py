"""Coalesce."""

from awsglue.transforms.transform import GlueTransform


class Coalesce(GlueTransform):
    """The same records in fewer partitions."""

    def __call__(
        self,
        frame,
        num_partitions,
        shuffle=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Apply the transform."""
        return frame.coalesce(
            num_partitions, shuffle, transformation_ctx, info, stageThreshold, totalThreshold
        )
