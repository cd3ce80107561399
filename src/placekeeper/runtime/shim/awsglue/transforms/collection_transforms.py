"""Transforms of collections."""

from awsglue.transforms.transform import GlueTransform


class SelectFromCollection(GlueTransform):
    """One frame of a collection."""

    def __call__(self, dfc, key, transformation_ctx=""):
        """Apply the transform."""
        return dfc.select(key, transformation_ctx)


class MapToCollection(GlueTransform):
    """The collection of what a function makes of each frame."""

    def __call__(self, dfc, callable, transformation_ctx=""):
        """Apply the transform."""
        return dfc.map(callable, transformation_ctx)


class FlatMap(GlueTransform):
    """One transform applied to each frame of a collection."""

    def __call__(self, dfc, BaseTransform, frame_name, transformation_ctx="", **base_kwargs):
        """Apply the transform."""

        def transform(frame, context):
            return BaseTransform.apply(**{frame_name: frame, "transformation_ctx": context, **base_kwargs})

        return dfc.flatmap(transform, transformation_ctx)
