"""DropNullFields."""

import sys

from awsglue.transforms.transform import GlueTransform
from placekeeper.runtime.frames.fields import null_paths
from placekeeper.runtime.frames.paths import quoted


class DropNullFields(GlueTransform):
    """All fields but those whose type is null: in the schema, not in the values."""

    def _find_null_fields(self, ctx, schema, path, output):
        """Append the paths of null fields to `output`."""
        output.extend(
            ".".join(
                name if "." not in name and "`" not in name else quoted(name) for name in (*path, *found)
            )
            for found in null_paths(schema)
        )
        return output

    def __call__(self, frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Apply the transform."""
        paths = self._find_null_fields(frame.glue_ctx, frame._frame.schema, (), [])
        sys.stdout.write(f"null_fields {paths}\n")
        if not paths:
            return frame
        return frame.drop_fields(paths, transformation_ctx, info, stageThreshold, totalThreshold)
