"""Repartition."""

from awsglue.transforms.transform import GlueTransform


class Repartition(GlueTransform):
    """The same records in that many partitions."""

    def __call__(
        self, frame, num_partitions, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """Apply the transform."""
        return frame.repartition(num_partitions, transformation_ctx, info, stageThreshold, totalThreshold)
