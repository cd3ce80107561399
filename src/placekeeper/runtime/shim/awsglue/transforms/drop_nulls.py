"""DropNullFields."""

import sys
from typing import TYPE_CHECKING, Any

from awsglue.transforms.transform import GlueTransform
from placekeeper.runtime.frames.fields import null_paths
from placekeeper.runtime.frames.paths import quoted

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class DropNullFields(GlueTransform):
    """All fields but those whose type is null: in the schema, not in the values."""

    def _find_null_fields(
        self, ctx: object, schema: Any, path: tuple[str, ...], output: list[str]
    ) -> list[str]:
        """Append the paths of null fields to `output`."""
        output.extend(
            ".".join(
                name if "." not in name and "`" not in name else quoted(name) for name in (*path, *found)
            )
            for found in null_paths(schema)
        )
        return output

    def __call__(
        self,
        frame: "DynamicFrame",
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Apply the transform."""
        paths = self._find_null_fields(frame.glue_ctx, frame._frame.schema, (), [])
        sys.stdout.write(f"null_fields {paths}\n")
        if not paths:
            return frame
        return frame.drop_fields(paths, transformation_ctx, info, stageThreshold, totalThreshold)
