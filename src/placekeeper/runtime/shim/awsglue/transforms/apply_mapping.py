"""ApplyMapping."""

from awsglue.transforms.transform import GlueTransform


class ApplyMapping(GlueTransform):
    """The mapped fields, cast to their target types."""

    def __call__(
        self,
        frame,
        mappings,
        case_sensitive=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Apply the transform."""
        return frame.apply_mapping(
            mappings, case_sensitive, transformation_ctx, info, stageThreshold, totalThreshold
        )
