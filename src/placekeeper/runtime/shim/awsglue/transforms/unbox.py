"""Unbox."""

from awsglue.transforms.transform import GlueTransform


class Unbox(GlueTransform):
    """A string field parsed in its place."""

    def __call__(
        self,
        frame,
        path,
        format,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
        **options,
    ):
        """Apply the transform."""
        return frame.unbox(path, format, transformation_ctx, info, stageThreshold, totalThreshold, **options)
