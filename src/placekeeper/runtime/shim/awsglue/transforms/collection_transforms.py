"""Transforms of collections."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection


class SelectFromCollection(GlueTransform):
    """One frame of a collection."""

    def __call__(
        self, dfc: "DynamicFrameCollection", key: str, transformation_ctx: str = ""
    ) -> "DynamicFrame":
        """Apply the transform."""
        return dfc.select(key, transformation_ctx)


class MapToCollection(GlueTransform):
    """The collection of what a function makes of each frame."""

    def __call__(
        self,
        dfc: "DynamicFrameCollection",
        callable: "Callable[[DynamicFrame, str], DynamicFrame]",
        transformation_ctx: str = "",
    ) -> "DynamicFrameCollection":
        """Apply the transform."""
        return dfc.map(callable, transformation_ctx)


class FlatMap(GlueTransform):
    """One transform applied to each frame of a collection."""

    def __call__(
        self,
        dfc: "DynamicFrameCollection",
        BaseTransform: type[GlueTransform],
        frame_name: str,
        transformation_ctx: str = "",
        **base_kwargs: Any,
    ) -> "DynamicFrameCollection":
        """Apply the transform."""

        def transform(frame: "DynamicFrame", context: str) -> Any:
            return BaseTransform.apply(**{frame_name: frame, "transformation_ctx": context, **base_kwargs})

        return dfc.flatmap(transform, transformation_ctx)
