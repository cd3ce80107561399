"""Relationalize."""

from awsglue.transforms.transform import GlueTransform
from awsglue.utils import _global_args


class Relationalize(GlueTransform):
    """Nested records as flat tables."""

    def __call__(
        self,
        frame,
        staging_path=None,
        name="roottable",
        options=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Apply the transform."""
        staging_path = staging_path or _global_args.get("TempDir")
        if staging_path is None:
            raise RuntimeError("Relationalize needs a staging_path, or the job argument --TempDir")
        return frame.relationalize(
            name, staging_path, options or {}, transformation_ctx, info, stageThreshold, totalThreshold
        )
